"""Random requests, signed by botocore and by src/aws/sigv4.c: the headers must be the same.

LORRY_SEED repeats a run.
"""

import json
import os
import random
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("botocore")
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGN_TOOL = os.environ["LORRY_SIGN_TOOL"]
REQUESTS = 1000

S3_PATH, SIGN_BODY = 1, 4  # enum sigv4_flag

SERVICES = ["secretsmanager", "ssm", "sts", "ecr", "cloudformation", "lambda", "kinesis", "logs"]
REGIONS = ["eu-central-1", "us-east-1", "cn-north-1", "us-gov-west-1"]
HOSTS = ["h.example", "h.example:8443", "127.0.0.1:4566", "b.s3.eu-central-1.amazonaws.com", "[::1]:80"]
# Everything that some encoder treats in a way of its own.
CHARACTERS = "aZ09-_.~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}\tä€𐍈\x7f"
SEGMENTS = ["", ".", "..", "a", "b c", "%41", "x=1&y", "...", "ä", "~u", "a+b", "*"]
# Of names that HTTP clients leave alone, and in any case.
HEADERS = ["X-Amz-Target", "x-custom", "X-CUSTOM", "Content-Type", "X-Amz-Meta-A", "X-Amz-Acl", "Accept",
           "User-Agent", "Expect", "Range", "If-None-Match", "Content-MD5"]
VALUES = ["v", "  two  words ", "\ttab\t", "", "a,b", "a=b; c=d", "W/\"1\"", "x" * 300, "1 , 2"]


def words(rng, alphabet, most):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, most)))


def make_url(rng):
    path = "".join("/" + quote(rng.choice([*SEGMENTS, words(rng, CHARACTERS, 8)]), safe="~")
                   for _ in range(rng.randint(0, 5)))
    names = [words(rng, CHARACTERS, 4) or "n" for _ in range(3)]
    query = "&".join(quote(rng.choice(names), safe="~") + "=" + quote(words(rng, CHARACTERS, 6), safe="~")
                     for _ in range(rng.randint(0, 5)))
    return f"{rng.choice(['http', 'https'])}://{rng.choice(HOSTS)}{path or '/'}{'?' + query if query else ''}"


def make_request(rng):
    s3 = rng.random() < 0.4
    return {
        "method": rng.choice(["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH"]),
        "url": make_url(rng),
        "headers": [[rng.choice(HEADERS), rng.choice(VALUES)] for _ in range(rng.randint(0, 8))],
        "body": words(rng, CHARACTERS, 200) if rng.random() < 0.7 else "",
        "region": rng.choice(REGIONS),
        "service": "s3" if s3 else rng.choice(SERVICES),
        "id": "AKIDEXAMPLE", "secret": words(rng, "abc+/XYZ019", 60) or "s",
        "token": words(rng, "abc+/=XYZ", 400) or None,
        "time": rng.randint(1_000_000_000, 4_000_000_000),
        "flags": S3_PATH | SIGN_BODY if s3 else 0,
    }


def sign_with_botocore(given):
    """The Authorization header, and the canonical request."""
    kind = botocore.auth.S3SigV4Auth if given["service"] == "s3" else botocore.auth.SigV4Auth
    signer = kind(Credentials(given["id"], given["secret"], given["token"]), given["service"], given["region"])
    request = AWSRequest(given["method"], given["url"], data=given["body"].encode())
    for name, value in given["headers"]:
        request.headers.add_header(name, value)
    now = datetime.fromtimestamp(given["time"], timezone.utc)
    # Where a body has a digest already, botocore would leave it unsigned over https; lorry does not.
    request.context["client_config"] = mock.Mock(s3={"payload_signing_enabled": True})
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        signer.add_auth(request)
    authorization = request.headers["Authorization"]
    del request.headers["Authorization"]
    return authorization, signer.canonical_request(request)


class Signatures(unittest.TestCase):
    def test_random_requests(self):
        seed = int(os.environ.get("LORRY_SEED") or random.randrange(2**32))
        print(f"seed {seed}")
        rng = random.Random(seed)
        requests = [make_request(rng) for _ in range(REQUESTS)]
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        answers = subprocess.run([SIGN_TOOL], input=lines, stdout=subprocess.PIPE, encoding="utf-8",
                                 timeout=60, check=True).stdout.splitlines()
        self.assertEqual(len(answers), REQUESTS)
        for request, answer in zip(requests, map(json.loads, answers)):
            authorization, canonical = sign_with_botocore(request)
            message = f"seed {seed}: {json.dumps(request)}"
            self.assertEqual(answer["canonical"], canonical, message)
            self.assertEqual(answer["authorization"], authorization, message)


if __name__ == "__main__":
    sys.exit(unittest.main())
