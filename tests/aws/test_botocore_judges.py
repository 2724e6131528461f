"""Every request that src/aws can make, judged by botocore's models of the services.

record_calls makes them, without a network. Host, target, content type, and input must be what the
model of the service says, and the signature what botocore computes.
"""

import json
import os
import re
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("botocore")
import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.validate import ParamValidator

SOURCES = packages.ROOT / "src" / "aws"
REGIONS = ["eu-central-1", "cn-north-1", "us-gov-west-1"]
KEY = ("AKIDEXAMPLE", "the-secret-key", "the/session+token==")


def operations_of_sources():
    """The names of all operations that are defined in src/aws."""
    names = set()
    for path in SOURCES.glob("*.c"):
        for body in re.findall(r"const struct aws_operation \w+(?:\[\w*\])? = \{(.*?)\n\};",
                               path.read_text(encoding="utf-8"), re.S):
            names |= set(re.findall(r'"([A-Z][a-z]\w*)"', body))
    return names


def record():
    environment = {"AWS_ACCESS_KEY_ID": KEY[0], "AWS_SECRET_ACCESS_KEY": KEY[1], "AWS_SESSION_TOKEN": KEY[2]}
    lines = subprocess.run([os.environ["LORRY_RECORD_CALLS"], *REGIONS], stdout=subprocess.PIPE,
                           env=environment, encoding="utf-8", timeout=60, check=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def foreign_values(shape, value, path=""):
    """What ParamValidator lets pass: values outside of an enumeration, and texts that are too long."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from foreign_values(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name in ("list", "map"):
        inner = shape.member if shape.type_name == "list" else shape.value
        for member in value if shape.type_name == "list" else value.values():
            yield from foreign_values(inner, member, path + "[]")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {shape.enum}"
        if len(value) > shape.metadata.get("max", len(value)):
            yield f"{path}: longer than {shape.metadata['max']}"


def input_of(request, headers, operation):
    """The operation's input, from wherever its members are."""
    places = {"querystring": dict(parse_qsl(urlsplit(request["url"]).query, strict_parsing=True,
                                            keep_blank_values=True)), "header": headers}
    if operation.service_model.metadata["protocol"] == "json":
        return json.loads(request["body"])
    given = json.loads(request["body"] or "{}")
    for name, member in operation.input_shape.members.items():
        location = member.serialization.get("location")
        if location and member.serialization["name"] in places[location]:
            given[name] = places[location].pop(member.serialization["name"])
    given.update(places["querystring"])  # those that the model does not have
    return given


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = botocore.session.Session()
        cls.requests = record()
        cls.clients = {}

    def client(self, service, region):
        """A botocore client: it knows model and endpoint of the service."""
        if (service, region) not in self.clients:
            self.clients[service, region] = self.session.create_client(
                service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x")
        return self.clients[service, region].meta

    def each(self):
        for request in self.requests:
            with self.subTest(service=request["service"], operation=request["operation"],
                              region=request["region"], body=request["body"]):
                meta = self.client(request["service"], request["region"])
                headers = {name.lower(): value for name, value in request["headers"]}
                self.assertEqual(len(headers), len(request["headers"]))
                yield request, headers, meta

    def test_all_operations_are_recorded(self):
        found = operations_of_sources()
        self.assertIn("GetSecretValue", found)
        self.assertEqual(found, {request["operation"] for request in self.requests})

    def test_endpoints(self):
        for request, _, meta in self.each():
            self.assertEqual(urlsplit(request["url"])[:2], urlsplit(meta.endpoint_url)[:2])

    def test_protocol(self):
        for request, headers, meta in self.each():
            model = meta.service_model
            http = model.operation_model(request["operation"]).http
            self.assertIn(model.metadata["protocol"], ("json", "rest-json"))
            self.assertEqual(request["method"], http["method"])
            self.assertEqual(urlsplit(request["url"]).path, http["requestUri"])
            if model.metadata["protocol"] == "json":
                self.assertEqual(headers["x-amz-target"],
                                 f"{model.metadata['targetPrefix']}.{request['operation']}")
                self.assertEqual(headers["content-type"],
                                 f"application/x-amz-json-{model.metadata['jsonVersion']}")
            else:
                self.assertNotIn("x-amz-target", headers)

    def test_input(self):
        for request, headers, meta in self.each():
            operation = meta.service_model.operation_model(request["operation"])
            shape = operation.input_shape
            given = input_of(request, headers, operation)
            report = ParamValidator().validate(given, shape)
            self.assertFalse(report.has_errors(), report.generate_report())
            self.assertLessEqual(set(given), set(shape.members))
            self.assertEqual(list(foreign_values(shape, given)), [])

    def test_signatures(self):
        for request, headers, meta in self.each():
            model = meta.service_model
            if model.operation_model(request["operation"]).auth_type == "none":
                self.assertNotIn("authorization", headers)
                continue
            signer = botocore.auth.SigV4Auth(Credentials(*KEY), model.signing_name, request["region"])
            again = AWSRequest(request["method"], request["url"], data=request["body"].encode())
            for name, value in request["headers"]:
                again.headers[name] = value
            now = datetime.fromtimestamp(request["time"], timezone.utc)
            with mock.patch("botocore.auth.get_current_datetime", return_value=now):
                signer.add_auth(again)
            self.assertEqual(headers["authorization"], again.headers["Authorization"])
            self.assertEqual(headers["x-amz-date"], again.headers["X-Amz-Date"])
            self.assertEqual(headers["x-amz-security-token"], KEY[2])


if __name__ == "__main__":
    sys.exit(unittest.main())
