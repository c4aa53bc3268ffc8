"""The page about the API, from its own OpenAPI description."""

from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from finseg.api import api


@require_safe
def docs(request):
    """What the API offers: every operation with its parameters and the fields of its body."""
    schema = api.get_openapi_schema()
    known = schema["components"]["schemas"]
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": said.get("summary", ""),
            "description": marked(said.get("description", "")),
            "parameters": [
                {
                    "name": each["name"],
                    "in": each["in"],
                    "required": each.get("required", False),
                    "description": marked(each.get("description", "")),
                }
                for each in said.get("parameters", [])
            ],
            "fields": [
                each | {"description": marked(each["description"])}
                for each in fields_of(said, known)
            ],
        }
        for path, methods in schema["paths"].items()
        for method, said in methods.items()
    ]
    about = marked(schema["info"]["description"])
    return render(
        request, "api_docs.html", {"operations": operations, "schema": schema, "about": about}
    )


def marked(text):
    """A description as HTML: names stand between backticks in the OpenAPI description."""
    first, *rest = text.split("`")
    named = format_html_join("", "<code>{}</code>{}", zip(rest[::2], rest[1::2], strict=False))
    return format_html("{}{}", first, named)


def fields_of(operation, known):
    """Fields of an operation's body, those of lists within it as `openings[].symbol`.

    Parameters
    ----------
    operation : dict
        Of the OpenAPI description.
    known : dict of str to dict
        Schemas by name.

    Returns
    -------
    list of dict
        name, type, required, description.
    """
    content = operation.get("requestBody", {}).get("content", {})
    return [
        field | {"in": "form" if kind.startswith("multipart") else "JSON"}
        for kind, body in content.items()
        for field in _fields(body["schema"], known)
    ]


def _fields(schema, known, before=""):
    schema = _resolved(schema, known)
    for name, said in schema.get("properties", {}).items():
        own = _resolved(said, known)
        yield {
            "name": f"{before}{name}",
            "type": _type(own),
            "required": name in schema.get("required", ()),
            "description": said.get("description", ""),
        }
        if own.get("type") == "array":
            yield from _fields(own["items"], known, f"{before}{name}[].")
        elif own.get("properties"):
            yield from _fields(own, known, f"{before}{name}.")


def _resolved(schema, known):
    """The schema that another points at, or that stands beside null."""
    options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if options and "properties" not in schema:
        # A decimal is a number or a text of one: the first says enough.
        schema = options[0] | {key: schema[key] for key in schema if key != "anyOf"}
    if "$ref" in schema:
        return known[schema["$ref"].rsplit("/", 1)[-1]]
    if len(schema.get("allOf", ())) == 1:
        return _resolved(schema["allOf"][0], known)
    return schema


def _type(schema):
    if schema.get("enum"):
        return " or ".join(str(each) for each in schema["enum"])
    named = {"date": "date", "date-time": "time", "binary": "file"}
    return named.get(schema.get("format", ""), schema.get("type", "object"))
