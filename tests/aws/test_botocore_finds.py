"""Random environments, files and servers, in which botocore and src/aws look for credentials: both must
send the same requests for keys in the same order and end with the same keys, or both find none.

LORRY_SEED repeats a run.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("botocore")
import botocore.credentials
import botocore.loaders
import botocore.session
import botocore.tokens
from credential_servers import SSO_TOKEN, Servers

FIND_TOOL = os.environ["LORRY_FIND_TOOL"]
CASES = 500
NAMES = ["default", "a", "b c", "d"]
SECRET = "the-secret"


def stamp(**delta):
    return (datetime.now(timezone.utc) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def process_line(identity, version=1, **more):
    answer = json.dumps({"Version": version, "AccessKeyId": identity, "SecretAccessKey": SECRET, **more})
    return f"printf '%s' '{answer}'"


class Case:
    """What both find: `config` and `credentials` are {section: {key: value}}."""

    def __init__(self, folder, servers):
        self.folder, self.servers = folder, servers
        self.config, self.credentials, self.tokens = {}, {}, {}
        self.instance = self.instance_token = 200
        self.option = None
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": str(folder / "config"), "NO_PROXY": "127.0.0.1",
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"), **servers.environment()}

    def token_file(self, text):
        path = self.folder / "web-token"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def write(self, spell=lambda name: name, delimiter=" = "):
        for name, sections in [("config", self.config), ("credentials", self.credentials)]:
            text = "".join(f"[{section}]\n" + "".join(f"{spell(k)}{delimiter}{v}\n" for k, v in settings.items())
                           for section, settings in sections.items())
            (self.folder / name).write_text(text, encoding="utf-8")
        cache = self.folder / ".aws/sso/cache"
        cache.mkdir(parents=True, exist_ok=True)
        for path in cache.iterdir():
            path.unlink()
        for name, token in self.tokens.items():
            digest = hashlib.sha1(name.encode()).hexdigest()
            (cache / (digest + ".json")).write_text(json.dumps(token), encoding="utf-8")

    def serve(self):
        self.servers.instance, self.servers.instance_token = self.instance, self.instance_token

    def __str__(self):
        return json.dumps({"config": self.config, "credentials": self.credentials, "tokens": self.tokens,
                           "option": self.option, "instance": self.instance, "environment": self.environment})


class Maker:
    """Random cases. What the two are meant to see differently is in DIFFERENCES, and not made here."""

    def __init__(self, rng, folder, servers):
        self.rng, self.case = rng, Case(folder, servers)
        self.careless = self.chance(0.4)

    def chance(self, probability):
        return self.rng.random() < probability

    def mistake(self, probability):
        return self.careless and self.chance(probability)

    def keys(self, name):
        keys = {"aws_access_key_id": f"AK{name.replace(' ', '')}{self.rng.randint(0, 99)}",
                "aws_secret_access_key": SECRET}
        if self.chance(0.3):
            keys["aws_session_token"] = "st"
        if self.chance(0.1):
            keys["aws_security_token"] = "old"
        if self.mistake(0.2):
            del keys[self.rng.choice(["aws_access_key_id", "aws_secret_access_key"])]
        return keys

    def role(self, name):
        role = {"role_arn": "arn:aws:iam::123456789012:role/" + self.rng.choice(["one", "two", "three"])}
        if self.mistake(0.1):
            role["role_arn"] += "/deny"
        if self.chance(0.8):
            later = NAMES[NAMES.index(name) + 1:] or [name]
            role["source_profile"] = self.rng.choice([*NAMES, name, "nowhere"] if self.mistake(0.5) else later)
        if "source_profile" not in role or self.mistake(0.1):
            names = ["Environment", "EcsContainer", "Ec2InstanceMetadata"]
            role["credential_source"] = "environment" if self.mistake(0.1) else self.rng.choice(names)
        if self.mistake(0.1):
            role.pop("source_profile", role.pop("credential_source", None))
        for key, value in [("external_id", "x/1 2"), ("role_session_name", "me@home"), ("duration_seconds", "1800"),
                           ("mfa_serial", "arn:aws:iam::123456789012:mfa/me")]:
            if self.chance(0.3):
                role[key] = value
        return role

    def web_identity(self):
        path = "/nowhere/token" if self.mistake(0.2) else self.case.token_file("the.web.token")
        return {"web_identity_token_file": path,
                **({"role_arn": "arn:aws:iam::123456789012:role/web"} if not self.mistake(0.3) else {}),
                **({"role_session_name": "web"} if self.chance(0.5) else {})}

    def token(self):
        """Of a sign-on; what could be renewed is only where botocore's attempt fails."""
        token = {"accessToken": SSO_TOKEN + str(self.rng.randint(0, 9)), "expiresAt": stamp(hours=8)}
        if self.mistake(0.3):
            token["expiresAt"] = stamp(hours=-1)
        elif self.chance(0.2):
            token["expiresAt"] = self.rng.choice([stamp(minutes=5), stamp(hours=2)[:-1] + "UTC"])
        if self.chance(0.3):
            token.update(refreshToken="r", clientId="c", clientSecret="s", registrationExpiresAt=stamp(days=9))
        if self.mistake(0.2):
            token["accessToken"] = "of somebody else"
        if self.mistake(0.1):
            del token[self.rng.choice(["accessToken", "expiresAt"])]
        return token

    def sign_on(self):
        place = {"sso_start_url": "https://start.example/" + self.rng.choice("xy"), "sso_region": "eu-west-1"}
        settings = {"sso_account_id": "123456789012", "sso_role_name": self.rng.choice(["Dev", "Ops+1"])}
        if self.chance(0.7):
            settings["sso_session"] = name = self.rng.choice(["s1", "s 2", "nowhere"][:2 + self.mistake(0.2)])
            if self.mistake(0.4):
                settings["sso_region"] = self.rng.choice(["eu-west-1", "us-east-1"])
        else:
            name = place["sso_start_url"]
            settings.update(place)
        if self.mistake(0.2):
            del settings[self.rng.choice(list(settings))]
        if not self.mistake(0.3):
            self.case.tokens[name] = self.token()
        return settings

    def process(self, name):
        more = {"Expiration": stamp(hours=1)} if self.chance(0.5) else {}
        if self.chance(0.3):
            more["SessionToken"] = "pt"
        wrong = [process_line("AK", version=2), "false", "echo no JSON"]
        right = process_line("AKproc" + name[0], **more)
        return {"credential_process": self.rng.choice(wrong) if self.mistake(0.4) else right}

    def add(self, file, name, settings):
        section = name if file is self.case.credentials or name == "default" else f'profile "{name}"'
        file.setdefault(section, {}).update(settings)

    def profile(self, name):
        """Into either file, or partly into both."""
        if not self.mistake(0.5):
            self.add(self.case.config, name, {})
        if self.chance(0.2):
            return
        makers = [(0.4, lambda: self.keys(name)), (0.45, lambda: self.role(name)), (0.12, self.web_identity),
                  (0.2, self.sign_on), (0.15, lambda: self.process(name)),
                  (0.08 * self.careless, lambda: {"login_session": "arn:aws:iam::123456789012:user/me"}),
                  (0.3, lambda: {"region": self.rng.choice(["us-east-1", "eu-west-3"])})]
        for probability, make in makers:
            if self.chance(probability):
                self.add(self.case.config if self.chance(0.6) else self.case.credentials, name, make())

    def ladder(self):
        """Roles of roles, up to something that has keys."""
        for name in NAMES[:-1]:
            self.add(self.case.config, name, self.role(name))
        last = self.rng.choice([self.keys, self.process, lambda name: self.sign_on(), lambda name: self.web_identity()])
        self.add(self.case.credentials, NAMES[-1], last(NAMES[-1]))

    def container(self):
        where = "/container/refuse" if self.mistake(0.3) else "/container/a?b=1"
        settings = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.case.servers.url + where}
        if self.mistake(0.2):
            settings["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://10.1.2.3/container/x"
        if self.chance(0.4):
            settings["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a\r\nb: c" if self.mistake(0.3) else "Bearer c"
        if self.chance(0.2):
            settings["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = self.case.token_file("Bearer f")
        return settings

    def surroundings(self):
        settings = {}
        if self.chance(0.25):
            settings.update(AWS_ACCESS_KEY_ID="AKenv", AWS_SECRET_ACCESS_KEY=SECRET)
            settings.update({name: "t" + name for name in ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]
                             if self.chance(0.3)})
            if self.chance(0.3):
                settings["AWS_CREDENTIAL_EXPIRATION"] = stamp(hours=-1 if self.mistake(0.5) else 1)
            if self.mistake(0.2):
                del settings[self.rng.choice(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])]
        if self.chance(0.15):
            names = {"web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE", "role_arn": "AWS_ROLE_ARN",
                     "role_session_name": "AWS_ROLE_SESSION_NAME"}
            settings.update({names[key]: value for key, value in self.web_identity().items()})
        if self.chance(0.3):
            settings.update(self.container())
        if self.chance(0.4):
            settings["AWS_EC2_METADATA_DISABLED"] = "True"
        if not self.mistake(0.2):  # AWS_REGION is the AWS CLI's; the library has the other one only
            settings.update(AWS_REGION="eu-central-1", AWS_DEFAULT_REGION="eu-central-1")
        for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]:
            if self.chance(0.25):
                settings[name] = self.rng.choice([*NAMES, "nowhere"][:4 + self.mistake(0.4)])
        return settings

    def make(self):
        case = self.case
        if self.chance(0.2):
            self.ladder()
        else:
            for name in NAMES:
                self.profile(name)
        for name in ["s1", "s 2"]:
            case.config[f'sso-session "{name}"'] = {"sso_start_url": "https://start.example/x",
                                                    "sso_region": "eu-west-1"}
        if self.mistake(0.2):
            case.config['sso-session "s1"'].popitem()
        case.environment.update(self.surroundings())
        case.instance = case.instance_token = self.rng.choice([200, 200, 200, 404, 500])
        if self.chance(0.4):
            case.option = self.rng.choice(NAMES)
        case.write(lambda name: "".join(self.rng.choice([c, c.upper()]) for c in name),
                   self.rng.choice([" = ", "=", ": "]))
        return case


class Finder:
    """Both programs."""

    def __init__(self, folder):
        self.tool = subprocess.Popen([FIND_TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, encoding="utf-8")
        self.loader = botocore.loaders.create_loader()
        cache = str(folder / ".aws/sso/cache")
        self.patches = [mock.patch.object(owner, "_SSO_TOKEN_CACHE_DIR", cache)
                        for owner in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider)]
        for patch in self.patches:
            patch.start()

    def stop(self):
        for patch in self.patches:
            patch.stop()
        self.tool.stdin.close()
        self.tool.stdout.close()
        self.tool.wait()

    @staticmethod
    def asked(case):
        asked, case.servers.log[:] = list(case.servers.log), []
        return asked

    def with_lorry(self, case):
        """The key (None: none was found), what was asked for, and the error."""
        case.serve()
        self.tool.stdin.write(json.dumps({"environment": case.environment, "profile": case.option}) + "\n")
        self.tool.stdin.flush()
        answer = json.loads(self.tool.stdout.readline())
        key = None if "error" in answer else (answer["id"], answer["secret"], answer["token"])
        return key, self.asked(case), answer.get("error", "")

    def search(self, case):
        session = botocore.session.Session(profile=case.option)
        session.register_component("data_loader", self.loader)
        resolver = session.get_component("credential_provider")
        resolver.get_provider("assume-role")._prompter = lambda prompt: "123456"
        resolver.get_provider("container-role")._fetcher._sleep = lambda seconds: None
        credentials = session.get_credentials()
        return credentials and tuple(credentials.get_frozen_credentials()[:3])

    def with_botocore(self, case):
        case.serve()
        with mock.patch.dict(os.environ, case.environment, clear=True):
            try:
                key, error = self.search(case), ""
            except Exception as failure:  # of any kind: it has none for all of them
                key, error = None, f"{type(failure).__name__}: {failure}"
        return key, self.asked(case), error


ROLE = {"role_arn": "arn:aws:iam::123456789012:role/one", "source_profile": "a"}
OWN = {"aws_access_key_id": "AKown", "aws_secret_access_key": SECRET}
SIGN_ON = {"sso_session": "s", "sso_account_id": "1", "sso_role_name": "r"}
NO_INSTANCE = {"AWS_EC2_METADATA_DISABLED": "true"}
# Where lorry means to be different: reason, attributes of a case, how botocore's key begins, how lorry's;
# None: there is none.
DIFFERENCES = [
    ("a duration that is none is a mistake, not to be passed over",
     {"config": {"default": {**ROLE, "duration_seconds": "soon"}}, "credentials": {"a": OWN}}, "AK", None),
    ("an empty value counts as none",
     {"config": {"default": {**OWN, "role_arn": ""}}}, None, "AKown"),
    ("an empty variable counts as none, like that of every other setting",
     {"environment": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": ""}}, None, "AK"),
    ("a comment behind a value is none of its own, as in other AWS SDKs",
     {"config": {"default": {**OWN, "aws_access_key_id": "AKown # mine"}}}, "AKown #", "AKown"),
    ("the files of boto 2 are none of the AWS CLI 2",
     {"environment": {**NO_INSTANCE, "BOTO_CONFIG": "{folder}/boto"}}, "AKboto", None),
    ("the files of the first EC2 tools neither",
     {"environment": {**NO_INSTANCE, "AWS_CREDENTIAL_FILE": "{folder}/ec2"}}, "AKec2", None),
    ("version 1 of the metadata service, without session tokens, answers whoever can make others ask",
     {"instance_token": 404}, "AK", None),
    ("keys with a date in the past: the service decides, since it may be the clock here that is wrong",
     {"config": {"default": {"credential_process": process_line("AKold", Expiration="2020-01-01T00:00:00Z")}}},
     None, "AKold"),
    ("a sign-on that has ended could be renewed, but only by writing the result",
     {"config": {"default": SIGN_ON, "sso-session s": {"sso_region": "eu-west-1", "sso_start_url": "u"}},
      "tokens": {"s": {"accessToken": "old", "expiresAt": "2020-01-01T00:00:00Z", "refreshToken": "good",
                       "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2999-01-01T00:00:00Z"}}},
     "AK", None),
]


# Any client of botocore looks for a token of the sign-on as well, and a mistake there ends it; STS, which
# roles need, takes none.
BESIDE_THE_POINT = "configured to use the SSO token provider"


class Found(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="lorry-find-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.servers = Servers()
        cls.addClassCleanup(cls.servers.stop)
        cls.finder = Finder(cls.folder)
        cls.addClassCleanup(cls.finder.stop)

    def test_random_cases(self):
        seed = int(os.environ.get("LORRY_SEED") or random.randrange(2**32))
        print(f"seed {seed}")
        rng = random.Random(seed)
        seen = Counter()
        for number in range(CASES):
            case = Maker(rng, self.folder, self.servers).make()
            theirs, ours = self.finder.with_botocore(case), self.finder.with_lorry(case)
            message = f"seed {seed}, case {number}: {case}\nbotocore: {theirs}\nlorry: {ours}"
            if ours[0] and BESIDE_THE_POINT in theirs[2]:
                continue
            self.assertEqual(ours[0], theirs[0], message)
            if theirs[0]:
                self.assertEqual(ours[1], theirs[1], message)
            self.assertNotIn(SECRET, ours[2])
            seen.update({"found" if theirs[0] else "nothing": 1})
            seen.update({request[0] for request in ours[1]})
            seen.update({"roles of roles": sum(request[0] == "sts" for request in ours[1]) > 1})
        print(dict(seen))
        for what in ["found", "nothing", "sts", "sso", "container", "instance", "roles of roles"]:
            self.assertGreater(seen[what], 0, what)

    def test_differences(self):
        (self.folder / "boto").write_text("[Credentials]\naws_access_key_id = AKboto\n"
                                          f"aws_secret_access_key = {SECRET}\n", encoding="utf-8")
        (self.folder / "ec2").write_text(f"AWSAccessKeyId=AKec2\nAWSSecretKey={SECRET}\n", encoding="utf-8")
        for reason, attributes, *wanted in DIFFERENCES:
            with self.subTest(reason):
                case = Case(self.folder, self.servers)
                vars(case).update(attributes, environment={
                    **case.environment, "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
                    **{name: value.format(folder=self.folder)
                       for name, value in attributes.get("environment", {}).items()}})
                case.write()
                for find, begin in zip((self.finder.with_lorry, self.finder.with_botocore), reversed(wanted)):
                    key, _, error = find(case)
                    self.assertEqual(bool(key), bool(begin), f"{key} {error}")
                    self.assertTrue((key or [""])[0].startswith(begin or ""), key)


if __name__ == "__main__":
    sys.exit(unittest.main())
