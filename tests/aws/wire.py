"""What a request says, read back from the wire by botocore's model of the operation.

The other direction than botocore's own serializers, so that they can be asked whether the same
parameters make the same request. Whatever the model does not know is an error.
"""

import base64
import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree


class Foreign(Exception):
    """Something that the model of the operation does not have."""


def scalar(shape, text):
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "blob":
        return base64.b64decode(text, validate=True)
    if kind != "string":
        raise Foreign(f"a {kind} where a scalar is expected")
    return text


def form_value(shape, fields, prefix):
    """Takes the fields that belong to `prefix` out of `fields`."""
    if shape.type_name == "structure":
        value = {}
        for name, member in shape.members.items():
            key = (prefix + "." if prefix else "") + member.serialization.get("name", name)
            if key in fields or any(field.startswith(key + ".") for field in fields):
                value[name] = form_value(member, fields, key)
        return value
    if shape.type_name == "list":
        flat = shape.serialization.get("flattened")
        unit = prefix if flat else prefix + "." + shape.member.serialization.get("name", "member")
        value = []
        while any(re.match(re.escape(f"{unit}.{len(value) + 1}") + r"(\.|$)", field) for field in fields):
            value.append(form_value(shape.member, fields, f"{unit}.{len(value) + 1}"))
        return value
    return scalar(shape, fields.pop(prefix))


def read_query(model, request):
    pairs = parse_qsl(request["body"], keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Foreign("a field appears twice")
    if fields.pop("Action") != model.name or fields.pop("Version") != model.service_model.api_version:
        raise Foreign("action or version")
    value = form_value(model.input_shape, fields, "") if model.input_shape else {}
    if fields:
        raise Foreign(f"fields {sorted(fields)}")
    return value


def match_path(template, path):
    """{label: value} of the path of a request; "{Key+}" takes slashes, too."""
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}",
                     lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(template))
    match = re.fullmatch(pattern, path)
    if not match:
        raise Foreign(f"path {path}, but the model has {template}")
    return {name: unquote(value, errors="strict") for name, value in match.groupdict().items()}


def rest_body(model, request, decode):
    """The members that are in the body, by the rules of payloads."""
    shape = model.input_shape
    payload = shape.serialization.get("payload")
    body = request["body"]
    if not payload:
        return decode(shape, body) if body else {}
    if shape.members[payload].type_name in ("blob", "string"):
        return {payload: body.encode() if shape.members[payload].type_name == "blob" else body}
    return {payload: decode(shape.members[payload], body)} if body else {}


def xml_value(shape, element):
    """The value of an element; its children are members, by their names."""
    if shape.type_name != "structure":
        return scalar(shape, element.text or "")
    members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    value = {}
    for child in element:
        name, member = members[child.tag.partition("}")[2]]
        value[name] = xml_value(member, child)
    return value


def full_path(model, parts):
    """With the bucket of S3, also where it is a part of the host."""
    bucket, dot, _ = parts.netloc.partition(".s3.")
    path = f"/{bucket}{parts.path}" if model.service_model.service_name == "s3" and dot else parts.path
    return path.rstrip("/") if model.http["requestUri"].partition("?")[0] == "/{Bucket}" else path


def read_rest(model, request, decode):
    shape = model.input_shape
    template, _, fixed = model.http["requestUri"].partition("?")
    parts = urlsplit(request["url"])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in parse_qsl(fixed, keep_blank_values=True):
        if query.pop(name) != value:
            raise Foreign(f"query {name}")
    labels = match_path(template, full_path(model, parts))
    headers = {name.lower(): value for name, value in request["headers"]}
    value = rest_body(model, request, decode)
    for name, member in (shape.members if shape else {}).items():
        place, key = member.serialization.get("location"), member.serialization.get("name", name)
        source = {"uri": labels, "querystring": query,
                  "header": {key: headers.get(key.lower())} if key.lower() in headers else {}}.get(place, {})
        if key in source:
            value[name] = scalar(member, source.pop(key))
    if query:
        raise Foreign(f"query {sorted(query)}")
    return value


def read_json(model, request):
    return json.loads(request["body"])


READERS = {
    "json": read_json,
    "query": read_query,
    "rest-json": lambda model, request: read_rest(model, request, lambda _, text: json.loads(text)),
    "rest-xml": lambda model, request: read_rest(
        model, request, lambda shape, text: xml_value(shape, ElementTree.fromstring(text))),
}


def read_input(model, request):
    """The parameters as one would give them to botocore."""
    return READERS[model.service_model.resolved_protocol](model, request)
