"""lorry zip --upload, with the AWS CLI as witness."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack", "awscli")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documented import assert_documented
from emulator import REGION, Emulator

LORRY = os.environ["LORRY"]
BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
BUNDLE = next(filter(os.path.exists, BUNDLES), None)
if not BUNDLE or not COMPILER:
    print("skipped: no CA bundle or no compiler on this system")
    sys.exit(packages.SKIPPED)
WRITER = [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::code/*"}]


class Lane:
    """Both lanes of the emulator do the same."""

    auth = False

    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(cls.auth)
        cls.addClassCleanup(cls.aws.stop)
        cls.folder = Path(cls.aws.folder)
        source = cls.folder / "own.c"
        source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
        subprocess.run([COMPILER, "-static", "-o", str(cls.folder / "own"), str(source)], check=True)

    def setUp(self):
        self.aws.reset()
        self.aws.client("s3").create_bucket(
            Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})

    def zip(self, place, *words, status=0, key=None, **environment):
        result = subprocess.run(
            [LORRY, "zip", "--entrypoint", "own", "--ca-bundle", BUNDLE, "-o", "out.zip",
             "--upload", place, *words], cwd=self.folder, stdin=subprocess.DEVNULL,
            env=self.aws.environment(key, **environment), capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        return result

    def upload(self, place, **more):
        value = json.loads(self.zip(place, "--json", **more).stdout)
        assert_documented(self, "lorry zip", value)
        return value

    def methods(self, place):
        """Of the requests that are made."""
        shown = self.zip(place, "--debug-http").stderr
        return re.findall(r"^> ([A-Z]+) http", shown, re.M)

    def fetch(self, bucket, key):
        """What the AWS CLI finds there: the bytes, and what is said about them."""
        target = self.folder / "fetched"
        head = self.aws.cli("s3api", "get-object", "--bucket", bucket, "--key", key, str(target))
        return target.read_bytes(), head

    def test_upload(self):
        made = self.upload("s3://code/some where/ä+b/")
        local = (self.folder / "out.zip").read_bytes()
        self.assertEqual(made["bucket"], "code")
        self.assertEqual(made["key"],
                         f"some where/ä+b/lorry-processor-{hashlib.sha256(local).hexdigest()}.zip")
        self.assertIs(made["uploaded"], True)
        fetched, head = self.fetch(made["bucket"], made["key"])
        self.assertEqual(fetched, local)
        self.assertEqual(head["ContentType"], "application/zip")
        self.assertEqual(made["code_sha256"], base64.b64encode(hashlib.sha256(local).digest()).decode())

    def test_what_is_there_is_not_sent_again(self):
        first = self.upload("s3://code/a")
        self.assertIs(first["uploaded"], True)
        stamp = self.fetch("code", first["key"])[1]["LastModified"]
        again = self.upload("s3://code/a/")
        self.assertEqual({**first, "uploaded": False}, again)
        self.assertEqual(self.methods("s3://code/a"), ["HEAD"])
        self.assertEqual(self.methods("s3://code/b"), ["HEAD", "PUT"])
        self.assertEqual(self.fetch("code", first["key"])[1]["LastModified"], stamp)
        listed = self.aws.cli("s3api", "list-objects-v2", "--bucket", "code")["Contents"]
        name = first["key"].removeprefix("a/")
        self.assertEqual([entry["Key"] for entry in listed], ["a/" + name, "b/" + name])

    def test_without_a_folder(self):
        for place in ["s3://code", "s3://code/"]:
            self.assertRegex(self.upload(place)["key"], r"^lorry-processor-[0-9a-f]{64}\.zip$")
        text = self.zip("s3://code").stdout.splitlines()
        self.assertRegex(text[0], r"^out\.zip  [0-9.]+ MB  (x86_64|arm64)  sha256 \S{44}$")
        self.assertRegex(text[1], r"^s3://code/lorry-processor-[0-9a-f]{64}\.zip  was there already$")

    def test_other_bytes_under_the_key(self):
        key = self.upload("s3://code/")["key"]
        self.aws.client("s3").put_object(Bucket="code", Key=key, Body=b"something else")
        self.assertIn(f"s3://code/{key} has another content than its name says",
                      self.zip("s3://code/", status=1).stderr)

    def test_no_bucket(self):
        result = self.zip("s3://none-such/x", status=1)
        self.assertIn("NoSuchBucket", result.stderr)
        self.assertIn("create it first, or name another one", result.stderr)
        self.assertTrue((self.folder / "out.zip").exists())

    def test_wrong_use(self):
        (self.folder / "out.zip").unlink(missing_ok=True)
        for place in ["code/x", "s3://", "s3://a b/", "https://code/"]:
            self.assertIn("--upload", self.zip(place, status=2).stderr)
        self.assertFalse((self.folder / "out.zip").exists())


class Plain(Lane, unittest.TestCase):
    pass


class Verified(Lane, unittest.TestCase):
    auth = True

    def test_wrong_key(self):
        result = self.zip("s3://code/", status=1, key=(self.aws.key[0], "x" * 40))
        self.assertIn("SignatureDoesNotMatch", result.stderr)
        self.assertNotIn("x" * 40, result.stderr)

    def test_missing_permission_is_named(self):
        key = self.aws.user("reader", [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}])
        result = self.zip("s3://code/", status=1, key=key)
        self.assertIn("AccessDenied", result.stderr)
        self.assertIn('allow "s3:PutObject"', result.stderr)

    def test_permission_to_put_is_enough(self):
        key = self.aws.user("writer", WRITER)
        self.assertIs(self.upload("s3://code/", key=key)["uploaded"], True)


if __name__ == "__main__":
    sys.exit(unittest.main())
