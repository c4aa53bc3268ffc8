"""The segments of a table in words and aligned columns, for a terminal."""

import math

from segmentation.domain.naming import in_words
from segmentation.domain.selection import RULE


def report(found, *, opening=()):
    """Write out a division.

    Parameters
    ----------
    found : TableSegments
    opening : sequence of str
        Sentences about the rows, which come first.

    Returns
    -------
    str
    """
    parts = [
        "\n".join(opening),
        "How each column enters\n" + _rows(_choices(found)),
        _left_out(found),
        "How many segments\n" + _rows(_candidates(found)) + f"\nRule: {RULE}" + _none_holds(found),
        "Segments\n" + "\n".join(_segments(found)),
        "Typical values (medians; shares of yes-or-no)\n" + _rows(_typical(found)),
        "Beside others\n" + _rows(_rivals(found)),
        *(_never_seen(found, name) for name in found.rivals[0].never_seen),
    ]
    return "\n\n".join(part for part in parts if part)


def _choices(found):
    yield ("column", "as", "unknown", "why")
    for choice in found.columns.choices:
        yield (choice.label, choice.transform, f"{choice.unknown:,}", choice.why)


def _left_out(found):
    return "\n".join(f"Left out: {why}" for _, why in found.columns.left_out)


def _candidates(found):
    yield ("k", "silhouette", "Calinski-Harabasz", "smallest", "bootstrapped ARI", "verdict")
    for each in found.candidates:
        chosen = " Chosen." if each.k == len(found.segments) else ""
        yield (
            str(each.k),
            _number(each.silhouette),
            _number(each.calinski_harabasz, 0),
            f"{each.smallest:.2%}",
            _number(each.stability),
            each.verdict + chosen,
        )


def _none_holds(found):
    if any(each.fit for each in found.candidates):
        return ""
    return (
        "\nNo number holds: these customers do not fall into steady segments by these columns, "
        "and another sample may divide them otherwise."
    )


def _segments(found):
    for place, each in enumerate(found.segments, start=1):
        yield f"{place}. {each.name}: {each.share:.1%} ({each.rows:,} rows). {each.description}"


def _typical(found):
    numbers = [str(place) for place in range(1, len(found.segments) + 1)]
    yield ("", *numbers, "all")
    for feature in found.columns.features:
        values = [each.typical[feature.key] for each in found.segments]
        shown = [in_words(value, feature.unit) for value in values]
        yield (feature.label, *shown, in_words(found.all_typical[feature.key], feature.unit))


def _rivals(found):
    yield ("", "parts", "silhouette", "bootstrapped ARI", "smallest", "largest")
    for each in found.rivals:
        yield (
            each.label,
            str(len(each.sizes)),
            _number(each.silhouette),
            _number(each.stability),
            f"{each.sizes[-1]:.2%}" if each.sizes[-1] >= 5e-5 else "under 0.01%",
            f"{each.sizes[0]:.2%}",
        )


def _never_seen(found, name):
    first = found.rivals[0].never_seen[name]
    tiers = next((each for each in found.rivals if each.key == "tiers"), None)
    measure = "Cramer's V" if first.measure == "V" else "eta squared"
    head = ["", "adjusted mutual information", measure, "fullest of", "there", "all", "lift"]
    rows = [head + (["information over tiers"] if tiers else [])]
    for each in found.rivals:
        seen = each.never_seen[name]
        lift = seen.lift
        row = [each.label, _number(seen.information, 4), _number(seen.strength)]
        if lift is None:
            row += ["—"] * 4
        else:
            row += [lift.name, f"{lift.here:.1%}", f"{lift.everywhere:.1%}", f"{lift.lift:.2f}"]
        if tiers:
            base = tiers.never_seen[name].information
            row.append(_number(seen.information / base, 2) if base > 0 else "—")
        rows.append(row)
    return f"What none of them saw: {name} ({first.customers:,} known)\n" + _rows(rows)


def _number(value, digits=3):
    return "—" if value is None or not math.isfinite(value) else f"{value:,.{digits}f}"


def _rows(rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
