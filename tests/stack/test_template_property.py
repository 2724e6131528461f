"""Random pipelines: lorry takes each, its template reads back the same in both forms, is the same
when it is made again, has no secret, and is approved by the judge; some of them also by the linter.

LORRY_SEED and LORRY_PIPELINES repeat or lengthen a run; a failure says which pipeline it was.
"""

import json
import os
import random
import re
import string
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "emulator"))
import packages

packages.require("cfnlint", "yaml")
import cfnlint.api
import template_judge

LORRY = os.environ["LORRY"]
SEED = int(os.environ.get("LORRY_SEED") or random.SystemRandom().getrandbits(32))
PIPELINES = int(os.environ.get("LORRY_PIPELINES") or 40)
LINTED = 3
SECRET = "hunter2"
SECRET_VARIABLES = ["API_TOKEN", "oldPassword", "PRIVATE_KEY_1"]
# What YAML reads in its own way, and what it cannot write plainly.
ODD = ["yes", "No", "~", "null", "0755", "1e3", "1:30", "2012-10-17", "*", "&a", "a: b", "a #b", "- a", "'", '"', "\\",
       " a ", "\u00e9", "\u2028", "\ufeff", "\U0001f69a", "a\nb", "!Ref A", "{{a}}", "|", "%a", "@a", "`", "", "]", "$"]


class Maker:
    """Makes pipelines that are valid."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def maybe(self, value):
        return self.random.choice([None, value])

    def name(self, extra, longest=20):
        letters = string.ascii_letters + string.digits
        rest = "".join(self.random.choices(letters + extra, k=self.random.randint(2, longest)))
        return self.random.choice(letters) + rest + self.random.choice(letters)

    def text(self):
        # "$" before "{{a}}" would be an expansion.
        return re.sub(r"\$+(?=\{)", "", "".join(self.random.choices(ODD, k=self.random.randint(0, 3))))

    def source(self):
        table = {"table": self.name("_.-"), "existing": self.maybe(True), "retain": self.maybe(False)}
        if not table["existing"]:
            names = {self.name(""): None, self.random.choice(ODD[:8]): None}
            table["keys"] = {name: self.random.choice("SNB") for name in list(names)[:self.random.randint(1, 2)]}
        return {"dynamodb": table}

    def stream(self):
        days = self.random.choice([1, 2, 7, 8, 365])
        stream = {"name": self.name("_.-"), "retention": self.random.choice([f"{days}d", f"{days * 24 + 1}h"])}
        if days == 365:
            stream["retention"] = "365d"
        stream.update(self.random.choice([{}, {"existing": True}, {"shards": self.random.randint(1, 50)}]))
        return stream

    def batch(self):
        pick = self.random
        return {"size": pick.randint(1, 10000), "window": f"{pick.randint(0, 300)}s",
                "parallelization": pick.randint(1, 10), "retries": pick.randint(-1, 10000),
                "max-age": pick.choice([-1, "60s", "20h", "24h"]), "bisect": pick.choice([True, False]),
                "starting-position": pick.choice(["TRIM_HORIZON", "LATEST"])}

    def processor(self):
        pick = self.random
        network = {"subnets": ["subnet-0a1b2c3d"], "security-groups": ["sg-0a1b2c3d"]}
        variables = {"V_" + self.name("_", 6): self.text() for _ in range(pick.randint(0, 5))}
        if pick.random() < 0.2:
            variables["LOG_LEVEL"] = pick.choice(["DEBUG", "ERROR"])
        if pick.random() < 0.3:
            variables[pick.choice(SECRET_VARIABLES)] = pick.choice([SECRET, f"https://a:{SECRET}@h/"])
        return {"name": self.name("_-"), "package": pick.choice(["image", "zip"]), "batch": self.batch(),
                "memory": pick.randint(128, 10240), "timeout": f"{pick.randint(1, 900)}s",
                "on-failure": pick.choice(["s3", "sqs", "none"]),
                "on-error": pick.choice(["dead-letter", "exit", "ignore", "raise"]),
                "log-retention": pick.choice(["1d", "14d", "3653d", "never"]),
                "reserved-concurrency": self.maybe(pick.randint(1, 1000)), "vpc": self.maybe(network),
                "permissions-boundary": self.maybe("arn:aws:iam::123456789012:policy/boundary"),
                "environment": variables}

    def sink(self):
        password = self.random.choice([
            None, {"secret": "lorry/a"}, {"secret": "lorry/a", "key": "b"}, {"ssm": "/lorry/a"}, {"env": "SINK_SECRET"}, "url"])
        user = "admin:" + SECRET if password == "url" else "admin"
        sink = {"url": f"crate://{user}@crate.example.org:4200/?ssl=true", "table": "orders"}
        return sink if password in (None, "url") else {**sink, "password": password}

    def pipeline(self):
        made = {"project": "p" + self.name("").lower(), "stage": self.maybe(self.name("-", 10)),
                "region": "eu-central-1", "description": self.maybe("d" + self.text()), "source": self.source(),
                "stream": self.stream(), "processor": self.processor(), "sink": self.sink(),
                "alarms": self.maybe({"topic": "arn:aws:sns:eu-central-1:123456789012:operations"}),
                "tags": {"t" + self.name(" _.:/=+@-"): self.name(" _.:/=+@-") for _ in range(self.random.randint(0, 3))}}
        return without_none(made)


def without_none(value):
    if isinstance(value, dict):
        return {name: without_none(each) for name, each in value.items() if each is not None}
    return value


def lorry_template(path, *words):
    result = subprocess.run([LORRY, "template", "-f", str(path), *words], env={"SINK_SECRET": SECRET},
                            capture_output=True, encoding="utf-8", timeout=60, check=False)
    if result.returncode:
        raise AssertionError(result.stderr)
    return result.stdout


def hours(retention):
    return int(retention[:-1]) * {"h": 1, "d": 24}[retention[-1]]


class Property(unittest.TestCase):
    def examine(self, number):
        pipeline = Maker(f"{SEED}-{number}").pipeline()
        path = self.folder / f"{number}.yaml"
        path.write_text(json.dumps(pipeline), encoding="utf-8")
        text = lorry_template(path)
        template = template_judge.read_yaml(text)
        self.assertEqual(template, json.loads(lorry_template(path, "--format", "json")))
        self.assertEqual(text, lorry_template(path))
        self.assertNotIn(SECRET, text)
        template_judge.judge(template, pipeline["project"], pipeline.get("stage", "dev"),
                             hours(pipeline["stream"]["retention"]))
        self.assert_kept(pipeline, template)
        if number < LINTED:
            config = cfnlint.api.ManualArgs(include_checks=["I"], regions=["eu-central-1"])
            self.assertEqual([str(match) for match in cfnlint.api.lint(text, config=config)], [])

    def assert_kept(self, pipeline, template):
        """Texts arrive as they were written."""
        function = template["Resources"]["Function"]["Properties"]
        for name, value in pipeline["processor"]["environment"].items():
            if name not in SECRET_VARIABLES:
                self.assertEqual(function["Environment"]["Variables"][name], value)
        tags = {tag["Key"]: tag["Value"] for tag in function["Tags"]}
        self.assertLessEqual(pipeline["tags"].items(), tags.items())
        if "description" in pipeline:
            self.assertEqual(template["Description"], pipeline["description"])

    def test_random_pipelines(self):
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            for number in range(PIPELINES):
                with self.subTest(f"LORRY_SEED={SEED}, pipeline {number}"):
                    self.examine(number)


if __name__ == "__main__":
    unittest.main()
