from django.template import Context, Template


def render(text, **context):
    return Template("{% load finseg_format %}" + text).render(Context(context))


def test_filters_write_what_formatting_writes():
    assert render("{{ x|rupees }} {{ x|rupees0 }}", x=1234567.891) == "₹12,34,567.89 ₹12,34,568"
    assert render("{{ x|percent:1 }} {{ x|share }}", x=0.0156) == "+1.6% 1.6%"
    assert render("{{ x|count }} {{ x|short_count }}", x=108432) == "1,08,432 1.08 L"
    assert render("{{ x|headline_rupees }}", x=2351484) == "₹23.51 lakh"
    assert render("{{ x|price }} {{ x|signed }}", x=-40.6) == "−40.60 −40.60"
    assert render("{{ x|age }}", x=720) == "12 min"


def test_missing_values_are_em_dashes():
    assert render("{{ x|rupees }}{{ x|percent }}{{ x|change }}{{ gone|count }}", x=None) == "————"


def test_change_carries_its_direction():
    assert render("{{ x|change }}", x=-0.0125) == '<span class="chg down">−1.25%</span>'
    assert render("{{ x|change }}", x=0.000001) == '<span class="chg flat">0.00%</span>'
    assert render("{{ x|change_rupees }}", x=22231) == '<span class="chg up">+₹22,231</span>'


def test_a_missing_value_tells_its_reason_and_escapes_it():
    html = render("{% missing reason %}", reason='no "earnings" <yet>')
    assert html.startswith('<button class="missing" type="button"')
    assert 'data-reason="no &quot;earnings&quot; &lt;yet&gt;"' in html
    assert html.endswith(">—</button>")
