"""lorry registry: repository, login, policy; the AWS CLI and skopeo are the witnesses."""

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
from botocore.exceptions import ClientError
from emulator import ACCOUNT, REGION, Emulator

LORRY = os.environ["LORRY"]
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
POLICIES = packages.ROOT / "tests" / "stack" / "policies"
PIPELINE = f"""\
project: app
stage: dev
region: {REGION}
source: {{dynamodb: {{table: table, keys: {{id: S}}}}}}
stream: {{name: s}}
processor: {{name: Processor, repository: images}}
sink: {{url: "crate://db.example:4200/", table: t}}
tags: {{owner: data-team}}
stages:
  prod:
    source: {{dynamodb: {{table: table-prod}}}}
    stream: {{name: s-prod}}
    processor: {{name: ProcessorProd}}
"""
RETRIEVAL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


class Lane:
    """Both lanes have all of this in common."""

    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=cls.AUTH)
        cls.addClassCleanup(cls.aws.stop)

    def setUp(self):
        self.aws.reset()
        self.folder = Path(self.aws.folder) / "work"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def run_lorry(self, *words, key=None, **environment):
        return subprocess.run(
            [LORRY, *words], env=self.aws.environment(key, DOCKER_CONFIG=str(self.folder / "docker"), **environment),
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60)

    def lorry(self, *words, status=0, **more):
        result = self.run_lorry(*words, **more)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def lorry_json(self, *words, **more):
        value = json.loads(self.lorry(*words, "--json", **more).stdout)
        documented.assert_documented(self, "lorry " + " ".join(words[:2]), value)
        return value

    def policy_of(self, name):
        return json.loads(self.aws.client("ecr").get_repository_policy(repositoryName=name)["policyText"])

    def lifecycle_of(self, name):
        answer = self.aws.client("ecr").get_lifecycle_policy(repositoryName=name)
        return json.loads(answer["lifecyclePolicyText"])

    def golden(self, name):
        return json.loads((POLICIES / name).read_text(encoding="utf-8"))


class Create(Lane):
    def test_create_and_again(self):
        made = self.lorry("registry", "create", "team/app")
        self.assertEqual(made.stdout, f"{REGISTRY}/team/app\n")
        self.assertIn(f"account {ACCOUNT}, region {REGION}\n", made.stderr)
        self.assertIn('repository "team/app" has been created', made.stderr)
        found = self.aws.cli("ecr", "describe-repositories", "--repository-names", "team/app")["repositories"][0]
        self.assertEqual(found["imageTagMutability"], "MUTABLE")
        self.assertTrue(found["imageScanningConfiguration"]["scanOnPush"])
        self.assertEqual(found["encryptionConfiguration"], {"encryptionType": "AES256"})
        read = self.aws.cli("ecr", "get-repository-policy", "--repository-name", "team/app")
        self.assertEqual(json.loads(read["policyText"]), self.golden("lambda-all-functions.json"))
        before = self.lifecycle_of("team/app"), self.policy_of("team/app")
        again = self.lorry("registry", "create", "team/app")
        self.assertEqual(again.stdout, made.stdout)
        self.assertIn("was there already", again.stderr)
        self.assertEqual((self.lifecycle_of("team/app"), self.policy_of("team/app")), before)

    def test_keep(self):
        self.assertEqual(self.lorry_json("registry", "create", "app", "--keep", "3")["keep"], 3)
        self.assertEqual(self.lifecycle_of("app"), self.golden("lifecycle-without-project.json"))
        self.assertEqual(self.lorry_json("registry", "create", "app")["keep"], 3)
        changed = self.lorry_json("registry", "create", "app", "--keep", "4")
        self.assertEqual((changed["created"], changed["lifecycle_changed"], changed["policy_changed"]),
                         (False, True, False))

    def test_immutable(self):
        made = self.lorry_json("registry", "create", "app", "--immutable")
        self.assertEqual(made["tag_mutability"], "IMMUTABLE")
        self.assertTrue(made["created"])

    def test_of_the_pipeline_file(self):
        (self.folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
        made = self.lorry_json("registry", "create", "--keep", "5")
        self.assertEqual((made["repository"], made["region"]), ("images", REGION))
        ecr = self.aws.client("ecr")
        found = ecr.describe_repositories(repositoryNames=["images"])["repositories"][0]
        tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
        self.assertEqual(tags, [{"Key": "ProjectName", "Value": "app"}, {"Key": "Stage", "Value": "dev"},
                                {"Key": "owner", "Value": "data-team"}])
        self.assertEqual(self.lifecycle_of("images"), self.golden("lifecycle.json"))
        self.assertEqual(self.policy_of("images"), self.golden("lambda.json"))
        # Another stage has the same repository, and another function.
        again = self.lorry_json("registry", "create", "--stage", "prod")
        self.assertEqual((again["lifecycle_changed"], again["policy_changed"]), (False, True))
        self.assertEqual(len(self.policy_of("images")["Statement"]), 1)
        self.assertIn("function:ProcessorProd", json.dumps(self.policy_of("images")))
        # The file is not asked about another one.
        self.assertEqual(self.lorry_json("registry", "create", "other")["repository"], "other")

    def test_of_a_broken_pipeline_file(self):
        (self.folder / "pipeline.yaml").write_text("project: [", encoding="utf-8")
        self.assertIn("pipeline.yaml:1:11:", self.lorry("registry", "create", "app", status=1).stderr)

    def test_immutable_pipeline(self):
        (self.folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
        self.assertEqual(self.lorry_json("registry", "create", "--immutable")["tag_mutability"],
                         "IMMUTABLE_WITH_EXCLUSION")

    def test_taken_as_it_is(self):
        self.aws.client("ecr").create_repository(repositoryName="app", imageTagMutability="IMMUTABLE")
        found = self.lorry_json("registry", "create", "app")
        self.assertFalse(found["created"])
        self.assertIsNone(found["keep"])
        self.assertEqual(len(found["differences"]), 3)
        self.assertIn("lorry registry create: warning: its images are not scanned",
                      self.lorry("registry", "create", "app").stderr)
        with self.assertRaisesRegex(ClientError, "LifecyclePolicyNotFound"):
            self.lifecycle_of("app")

    def test_wrong_use(self):
        self.assertIn("which repository?", self.lorry("registry", "create", status=2).stderr)
        self.assertIn('"A:b" is no name', self.lorry("registry", "create", "A:b", status=2).stderr)
        self.assertIn("--keep", self.lorry("registry", "create", "app", "--keep", "0", status=2).stderr)
        self.assertIn("--keep", self.lorry("registry", "create", "app", "--keep", "x", status=2).stderr)
        result = self.run_lorry("registry", "create", "app", AWS_REGION="", AWS_DEFAULT_REGION="")
        self.assertEqual(result.returncode, 2)
        self.assertIn("region", result.stderr)


class Login(Lane):
    def password(self):
        data = self.aws.client("ecr").get_authorization_token()["authorizationData"][0]
        return base64.b64decode(data["authorizationToken"]).decode().split(":", 1)[1]

    def docker_file(self):
        return self.folder / "docker" / "config.json"

    def test_print(self):
        result = self.lorry("registry", "login", "--print")
        self.assertEqual(result.stdout, self.password() + "\n")
        self.assertIn(f'user "AWS" at {REGISTRY}', result.stderr)
        self.assertIn("valid for 12 h 0 min", result.stderr)
        self.assertFalse(self.docker_file().exists())
        value = self.lorry_json("registry", "login", "--print")
        self.assertEqual((value["user"], value["password"], value["stored"]), ("AWS", self.password(), False))

    def test_stored(self):
        result = self.lorry("registry", "login")
        self.assertEqual(result.stdout, "")
        self.assertNotIn(self.password(), result.stderr)
        self.assertEqual(self.docker_file().stat().st_mode & 0o777, 0o600)
        self.assertIn(REGISTRY, json.loads(self.docker_file().read_text())["auths"])
        value = self.lorry_json("registry", "login")
        self.assertEqual((value["password"], value["stored"]), (None, True))

    def test_named(self):
        other = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
        self.assertEqual(self.lorry_json("registry", "login", other)["registry"], other)
        for words, says in [(("127.0.0.1:1",), "no registry of Amazon ECR"),
                            (("r.example",), "no registry of Amazon ECR"),
                            ((other, "--region", REGION), "--region says " + REGION)]:
            self.assertIn(says, self.lorry("registry", "login", *words, status=2).stderr)

    @unittest.skipUnless(shutil.which("skopeo"), "no skopeo")
    def test_skopeo_finds_it(self):
        host = self.aws.url.removeprefix("http://")
        self.lorry("registry", "login", host)
        result = subprocess.run(["skopeo", "login", "--authfile", str(self.docker_file()), "--get-login", host],
                                capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual((result.returncode, result.stdout), (0, "AWS\n"), result.stderr)


class Policy(Lane):
    def setUp(self):
        super().setUp()
        self.lorry("registry", "create", "app")

    def statements(self):
        return {statement["Sid"]: statement for statement in self.policy_of("app")["Statement"]}

    def set(self, *words, **more):
        return self.lorry("registry", "policy", "--repository", "app", *words, **more)

    def test_public(self):
        result = self.set()
        self.assertEqual(json.loads(result.stdout), self.policy_of("app"))
        self.assertEqual(list(self.statements()), ["allow public pull", "LambdaECRImageRetrievalPolicy"])
        self.assertEqual(self.statements()["allow public pull"], self.golden("public.json")["Statement"][0])
        self.assertIn("everybody who has an AWS account may pull", result.stderr)
        self.assertIn("has this policy already", self.set().stderr)

    def test_print(self):
        before = self.policy_of("app")
        result = self.set("--print")
        self.assertEqual(self.policy_of("app"), before)
        self.assertEqual(json.loads(result.stdout)["Statement"][0]["Sid"], "allow public pull")

    def test_accounts(self):
        self.set("--account", "111111111111", "--account", "222222222222")
        self.assertEqual(self.statements()["CrossAccountPull"]["Principal"],
                         {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]})
        self.assertEqual(self.statements()["LambdaECRImageRetrievalPolicy"]["Action"], RETRIEVAL)
        replaced = self.set("--account", "333333333333")
        self.assertNotIn("111111111111", json.dumps(self.policy_of("app")))
        self.assertIn('replaced: "CrossAccountPull"', replaced.stderr)
        self.assertIn("LambdaECRImageRetrievalPolicy", self.statements())
        self.assertIn("12 digits", self.set("--account", "1", status=2).stderr)

    def test_file(self):
        statement = {"Sid": "mine", "Effect": "Deny", "Principal": "*", "Action": "ecr:DeleteRepository"}
        path = self.folder / "policy.json"
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        value = json.loads(self.set(str(path), "--json").stdout)
        documented.assert_documented(self, "lorry registry policy", value)
        self.assertEqual(value["policy"], self.policy_of("app"))
        self.assertEqual(self.statements()["mine"], statement)
        self.assertIn("LambdaECRImageRetrievalPolicy", self.statements())
        path.write_text('{"Statement": [{"Effect": "Maybe"}]}')
        self.assertIn(f'{path}: statement 1: "Effect"', self.set(str(path), status=1).stderr)
        self.assertIn("exclude each other", self.set(str(path), "--account", "111111111111", status=2).stderr)
        self.assertIn("none.json", self.set("none.json", status=1).stderr)
        self.assertEqual(self.statements()["mine"], statement)

    def test_no_repository(self):
        result = self.lorry("registry", "policy", "--repository", "none", status=1)
        self.assertIn("lorry registry create", result.stderr)


class CreatePlain(Create, unittest.TestCase):
    AUTH = False


class CreateVerified(Create, unittest.TestCase):
    AUTH = True

    def test_permissions(self):
        reader = self.aws.user("reader", [{"Effect": "Allow", "Action": "ecr:Describe*", "Resource": "*"}])
        result = self.lorry("registry", "create", "app", key=reader, status=1)
        self.assertIn('allow "ecr:CreateRepository"', result.stderr)
        actions = ["ecr:DescribeRepositories", "ecr:CreateRepository", "ecr:GetLifecyclePolicy",
                   "ecr:PutLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"]
        maker = self.aws.user("maker", [{"Effect": "Allow", "Action": actions, "Resource": "*"}])
        self.lorry("registry", "create", "app", key=maker)
        self.lorry("registry", "create", "app", key=maker)


class LoginPlain(Login, unittest.TestCase):
    AUTH = False


class LoginVerified(Login, unittest.TestCase):
    AUTH = True

    def test_permissions(self):
        key = self.aws.user("nobody", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
        result = self.lorry("registry", "login", key=key, status=1)
        self.assertIn('allow "ecr:GetAuthorizationToken"', result.stderr)
        self.assertFalse(self.docker_file().exists())


class PolicyPlain(Policy, unittest.TestCase):
    AUTH = False


class PolicyVerified(Policy, unittest.TestCase):
    AUTH = True


if __name__ == "__main__":
    sys.exit(unittest.main())
