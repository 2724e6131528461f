"""Every request that src/aws can make, judged by botocore's models of the services.

record_calls makes them, without a network. What they say is read back by the model of the operation
(wire.py) and given to botocore: it must find it valid, and make the same request of it; and the
signature must be what botocore computes.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.etree.ElementTree import canonicalize

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("botocore")
import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from wire import read_input

SOURCES = packages.ROOT / "src" / "aws"
REGIONS = ["eu-central-1", "cn-north-1", "us-gov-west-1"]
KEY = ("AKIDEXAMPLE", "the-secret-key", "the/session+token==")
COMMON_HEADERS = {"authorization", "content-type", "x-amz-content-sha256", "x-amz-date",
                  "x-amz-security-token", "x-amz-target"}
# What botocore would add on its own account is left out.
CONFIG = Config(retries={"total_max_attempts": 1}, proxies={}, inject_host_prefix=True,
                account_id_endpoint_mode="disabled",
                request_checksum_calculation="when_required", response_checksum_validation="when_required")


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
    """What botocore lets pass: values outside of an enumeration, and texts that are too long."""
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


def known_headers(model):
    members = model.input_shape.members.values() if model.input_shape else []
    return COMMON_HEADERS | {member.serialization["name"].lower() for member in members
                             if member.serialization.get("location") == "header"}


class Caught(Exception):
    """Carries the request that botocore was about to send."""

    def __init__(self, request):
        super().__init__("caught")
        self.request = request


def catch(request, **_):
    raise Caught(request)


def content(protocol, body):
    """The meaning of a body: what does not depend on order and white space."""
    body = body.read() if hasattr(body, "read") else body
    text = body.decode() if isinstance(body, bytes) else body or ""
    if protocol == "query":
        return sorted(parse_qsl(text, keep_blank_values=True))
    if "json" in protocol and text:
        return json.loads(text)
    if text.startswith("<CreateBucket"):
        return canonicalize(text)
    return text


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = botocore.session.Session()
        cls.requests = record()
        cls.clients = {}
        # A client of S3 takes the bucket out of the paths of the models of its session.
        cls.models = botocore.session.Session()

    def client(self, service, region):
        if (service, region) not in self.clients:
            client = self.session.create_client(service, region_name=region, config=CONFIG,
                                                aws_access_key_id="x", aws_secret_access_key="x")
            client.meta.events.register_first("before-send." + service, catch)
            self.clients[service, region] = client
        return self.clients[service, region]

    def check_each(self, check):
        """check(request, its headers by lower case name, botocore's model of the operation)"""
        for request in self.requests:
            with self.subTest(service=request["service"], operation=request["operation"],
                              region=request["region"], url=request["url"], body=request["body"][:200]):
                model = self.models.get_service_model(request["service"])
                headers = {name.lower(): value for name, value in request["headers"]}
                self.assertEqual(len(headers), len(request["headers"]))
                check(request, headers, model.operation_model(request["operation"]))

    def botocore_makes(self, request, model):
        """What botocore would send for the same parameters."""
        client = self.client(request["service"], request["region"])
        with self.assertRaises(Caught) as caught:
            client._make_api_call(model.name, read_input(model, request))
        return caught.exception.request

    def test_all_operations_are_recorded(self):
        found = operations_of_sources()
        self.assertIn("GetSecretValue", found)
        self.assertEqual(found, {request["operation"] for request in self.requests})

    def test_requests(self):
        def check(request, headers, model):
            expected = self.botocore_makes(request, model)
            ours, theirs = urlsplit(request["url"]), urlsplit(expected.url)
            protocol = model.service_model.resolved_protocol
            self.assertEqual(request["method"], expected.method)
            self.assertEqual(ours[:2], theirs[:2])
            self.assertEqual(unquote(ours.path), unquote(theirs.path))
            self.assertEqual(parse_qs(ours.query, keep_blank_values=True),
                             parse_qs(theirs.query, keep_blank_values=True))
            self.assertEqual(content(protocol, request["body"]), content(protocol, expected.body))
            self.assertLessEqual(set(headers), known_headers(model))
            for name in ("x-amz-target", "content-type"):
                value = expected.headers.get(name)
                value = value.decode() if isinstance(value, bytes) else value
                if value:
                    self.assertEqual(headers.get(name), value)
        self.check_each(check)

    def test_sums_of_s3(self):
        seen = set()

        def check(request, headers, _):
            if request["service"] != "s3":
                return
            digest = hashlib.sha256(request["body"].encode())
            self.assertEqual(headers["x-amz-content-sha256"], digest.hexdigest())
            if request["operation"] == "PutObject":
                self.assertEqual(headers["x-amz-checksum-sha256"], base64.b64encode(digest.digest()).decode())
            seen.add(".s3." in urlsplit(request["url"]).netloc)
        self.check_each(check)
        self.assertEqual(seen, {False, True})  # in the path, in the host

    def test_values(self):
        def check(request, _, model):
            self.assertEqual(list(foreign_values(model.input_shape, read_input(model, request))), [])
        self.check_each(check)

    def signer(self, request, model):
        kind = botocore.auth.S3SigV4Auth if request["service"] == "s3" else botocore.auth.SigV4Auth
        return kind(Credentials(*KEY), model.service_model.signing_name, self.signing_region(request))

    def signing_region(self, request):
        """That of the caller, but for services that are one for all regions."""
        resolver = self.session.get_component("endpoint_resolver")
        endpoint = resolver.construct_endpoint(request["service"], request["region"])
        return endpoint.get("credentialScope", {}).get("region", request["region"])

    def test_signatures(self):
        def check(request, headers, model):
            if model.auth_type == "none":
                self.assertFalse({"authorization", "x-amz-date", "x-amz-security-token"} & set(headers))
                return
            again = AWSRequest(request["method"], request["url"], data=request["body"].encode())
            for name, value in request["headers"]:
                again.headers[name] = value
            now = datetime.fromtimestamp(request["time"], timezone.utc)
            with mock.patch("botocore.auth.get_current_datetime", return_value=now):
                self.signer(request, model).add_auth(again)
            self.assertEqual(headers["authorization"], again.headers["Authorization"])
            self.assertEqual(headers["x-amz-date"], again.headers["X-Amz-Date"])
            self.assertEqual(headers["x-amz-security-token"], KEY[2])
        self.check_each(check)


if __name__ == "__main__":
    sys.exit(unittest.main())
