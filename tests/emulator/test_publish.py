"""lorry image push into ECR: the repository, logins, and what is said when something is missing."""

import base64
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack", "awscli")
sys.path.insert(0, str(packages.ROOT / "tests" / "cli"))
import documented
import registry
from botocore.exceptions import ClientError
from emulator import ACCOUNT, REGION, Emulator

LORRY = os.environ["LORRY"]
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
PIPELINE = f"""\
project: app
stage: dev
region: {REGION}
source: {{dynamodb: {{table: table, keys: {{id: S}}}}}}
stream: {{name: s}}
processor: {{name: Processor, repository: images}}
sink: {{url: "crate://db.example:4200/", table: t}}
"""
BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
BUNDLE = next(filter(os.path.exists, BUNDLES), None)
if not BUNDLE:
    print("skipped: no CA bundle on this system")
    sys.exit(packages.SKIPPED)
EXPIRED = "Your authorization token has expired. Reauthenticate and try again."
STAGES = [("HEAD", "/manifests/"), ("HEAD", "/blobs/"), ("POST", "/uploads/"), ("PUT", "/uploads/"),
          ("PUT", "/manifests/")]


def expired(_, request, body):
    """As ECR has it: 403, and no text for HEAD."""
    text = json.dumps({"errors": [{"code": "DENIED", "message": EXPIRED}]}).encode()
    registry.answer(request, 403, [], text)


def ask_for_login(_, request, body):
    registry.answer(request, 401, [("Www-Authenticate", 'Basic realm="ecr",service="ecr.amazonaws.com"')])


class Face(registry.Proxy):
    """The registry of ECR, which wants a login; the emulator behind it does not."""

    always_expired = False

    def next_fault(self, request):
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return ask_for_login
        return expired if self.always_expired else super().next_fault(request)


class Lane:
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=cls.AUTH)
        cls.addClassCleanup(cls.aws.stop)
        cls.images = Path(cls.aws.folder) / "images"
        cls.images.mkdir()
        for number in (1, 2):
            cls.build(number)

    @classmethod
    def build(cls, number):
        """An image whose processor does nothing."""
        source, program = cls.images / f"{number}.c", cls.images / str(number)
        source.write_text(f"int main(void) {{ return {number}; }}\n")
        subprocess.run(["cc", "-static", "-o", program, source], check=True)
        subprocess.run([LORRY, "image", "build", "--entrypoint", program, "--ca-bundle", BUNDLE, "-o", f"{program}.tar"], check=True, capture_output=True)

    def setUp(self):
        self.aws.reset()
        self.folder = Path(self.aws.folder) / "work"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
        data = self.aws.client("ecr").get_authorization_token()["authorizationData"][0]
        self.password = base64.b64decode(data["authorizationToken"]).decode().partition(":")[2]

    def lorry(self, *words, status=0, key=None, **environment):
        result = subprocess.run(
            [LORRY, *words], cwd=self.folder,
            env=self.aws.environment(key, NO_PROXY="127.0.0.1", DOCKER_CONFIG=str(self.folder), **environment),
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        self.assertNotIn("Reauthenticate", result.stderr)
        self.assertNotIn("does not exist in the registry", result.stderr)
        self.assertNotIn(self.password, result.stdout + result.stderr)
        return result

    def push(self, *words, image=1, **more):
        return self.lorry("image", "push", *words, "--image", str(self.images / f"{image}.tar"), **more)

    def push_json(self, *words, **more):
        value = json.loads(self.push(*words, "--json", **more).stdout)
        documented.assert_documented(self, "lorry image push", value)
        return value

    def has(self, repository):
        try:
            self.aws.client("ecr").describe_repositories(repositoryNames=[repository])
            return True
        except ClientError as error:
            self.assertEqual(error.response["Error"]["Code"], "RepositoryNotFoundException")
            return False


class Publish(Lane):
    def test_from_nothing(self):
        first = self.push_json()
        self.assertEqual(first["reference"], f"{REGISTRY}/images:app-dev")
        self.assertEqual(first["pinned"], f"{REGISTRY}/images@{first['digest']}")
        self.assertTrue(first["repository_created"])
        self.assertGreater(first["blobs_sent"], 0)
        found = self.aws.cli("ecr", "describe-images", "--repository-name", "images")["imageDetails"]
        self.assertEqual([(one["imageDigest"], one["imageTags"]) for one in found], [(first["digest"], ["app-dev"])])
        policy = self.aws.cli("ecr", "get-repository-policy", "--repository-name", "images")["policyText"]
        self.assertIn(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Processor", policy)
        again = self.push_json()
        self.assertEqual((again["bytes_sent"], again["repository_created"]), (0, False))
        # The tag moves, the image before it stays.
        second = self.push_json(image=2)
        found = self.aws.client("ecr").describe_images(repositoryName="images")["imageDetails"]
        self.assertEqual({one["imageDigest"]: one["imageTags"] for one in found},
                         {first["digest"]: [], second["digest"]: ["app-dev"]})

    def test_what_is_said(self):
        result = self.push()
        for text in (f"account {ACCOUNT}, region {REGION}\n", 'repository "images" has been created',
                     "Lambda may fetch its images now"):
            self.assertIn(text, result.stderr)
        self.assertEqual(self.push().stderr, f"lorry image push: account {ACCOUNT}, region {REGION}\n")

    def test_reference(self):
        made = self.push_json(f"{REGISTRY}/team/other:v1")
        self.assertEqual(made["reference"], f"{REGISTRY}/team/other:v1")
        self.assertTrue(made["repository_created"])
        shown = json.loads(self.lorry("image", "inspect", f"{REGISTRY}/team/other:v1", "--json").stdout)
        self.assertEqual(shown["digest"], made["digest"])

    def test_inspect_of_nothing(self):
        result = self.lorry("image", "inspect", f"{REGISTRY}/none:v1", status=1)
        self.assertIn(f'there is no repository "none" in {REGISTRY}\n', result.stderr)

    def test_no_create(self):
        result = self.push("--no-create", status=1)
        self.assertIn(f'there is no repository "images" in {REGISTRY}: make it with "lorry registry create images"',
                      result.stderr)
        self.assertFalse(self.has("images"))

    def test_policy_is_mended(self):
        self.push()
        self.aws.client("ecr").delete_repository_policy(repositoryName="images")
        self.assertIn("Lambda may fetch its images now", self.push().stderr)

    def test_immutable(self):
        self.aws.client("ecr").create_repository(repositoryName="images", imageTagMutability="IMMUTABLE")
        self.push()
        result = self.push(image=2, status=1)
        self.assertIn('the tag "app-dev" is there already', result.stderr)

    @unittest.skipUnless(shutil.which("skopeo"), "no skopeo")
    def test_skopeo_reads_it(self):
        made = self.push_json()
        host = self.aws.url.removeprefix("http://")
        self.lorry("registry", "login", host)
        result = subprocess.run(["skopeo", "inspect", "--tls-verify=false", "--authfile",
                                 str(self.folder / "config.json"), f"docker://{host}/images:app-dev"],
                                env={**os.environ, "NO_PROXY": "127.0.0.1"},
                                capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["Digest"], made["digest"])

    def test_no_reference(self):
        (self.folder / "pipeline.yaml").unlink()
        self.assertIn("which image?", self.push(status=2).stderr)


class PublishPlain(Publish, unittest.TestCase):
    AUTH = False


class PublishVerified(Publish, unittest.TestCase):
    AUTH = True

    def test_permissions(self):
        def user(name, *actions):
            return self.aws.user(name, [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}])
        result = self.push(key=user("nobody", "ecr:GetAuthorizationToken"), status=1)
        self.assertRegex(result.stderr, r'allow "ecr:(DescribeRepositories|CreateRepository)"')
        self.lorry("registry", "create")
        result = self.push(key=user("pusher", "ecr:GetAuthorizationToken"))
        self.assertIn("warning: whether Lambda may fetch the image has not been seen to", result.stderr)
        self.assertIn('"ecr:GetRepositoryPolicy"', result.stderr)


class Tokens(Lane, unittest.TestCase):
    """The registry wants logins, and they expire."""

    AUTH = False

    def setUp(self):
        super().setUp()
        self.face = Face(self, self.aws.url.removeprefix("http://"))
        self.url = "http://" + self.face.host

    def test_logs_in(self):
        made = self.push_json(LORRY_REGISTRY_URL=self.url)
        self.assertTrue(made["repository_created"])
        self.assertEqual(self.push_json(LORRY_REGISTRY_URL=self.url)["bytes_sent"], 0)

    def test_expires_at_every_stage(self):
        for number, (method, part) in enumerate(STAGES):
            name = f"{REGISTRY}/stage{number}:t"
            self.face.faults = [(method, part, expired)]
            made = self.push_json(name, LORRY_REGISTRY_URL=self.url)
            self.assertEqual(self.face.faults, [], (method, part))
            found = self.aws.client("ecr").describe_images(repositoryName=f"stage{number}")["imageDetails"]
            self.assertEqual([one["imageDigest"] for one in found], [made["digest"]])

    def test_never_valid(self):
        self.face.always_expired = True
        result = self.push(LORRY_REGISTRY_URL=self.url, status=1)
        self.assertIn(REGISTRY, result.stderr)
        result = self.lorry("image", "inspect", f"{REGISTRY}/images:v1", LORRY_REGISTRY_URL=self.url, status=1)
        self.assertIn(f"{REGISTRY} takes a new authorization token for an expired one", result.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
