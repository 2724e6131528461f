"""The templates of the pipelines in templates/: NAME.yaml in, NAME.template.yaml out.

The first lines of a pipeline may say how it is read: "# with NAME=value" sets a variable, "# stage
NAME" chooses a stage. LORRY_UPDATE=1 writes what lorry makes of them now; then read the difference.
permissions.txt is all that any of their roles may do.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "emulator"))
import packages

packages.require("cfnlint", "yaml")
import cfnlint.api
import template_judge

LORRY = os.environ["LORRY"]
UPDATE = os.environ.get("LORRY_UPDATE")
TEMPLATES = HERE / "templates"
# What `lorry init` writes.
DOCUMENTED = HERE.parents[1] / "src" / "stack" / "example.yaml"
SECRET = "hunter2"


def pipelines():
    found = {path.stem: path for path in sorted(TEMPLATES.glob("*.yaml"))
             if not path.name.endswith(".template.yaml")}
    return {"documented": DOCUMENTED, **found}


def directives(path):
    """(environment, arguments) of the first lines."""
    environment, words = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# with "):
            environment.update([line[len("# with "):].split("=", 1)])
        elif line.startswith("# stage "):
            words = ["--stage", line.split()[2]]
        else:
            return environment, words


def lorry_template(path, *words):
    environment, stage = directives(path)
    result = subprocess.run([LORRY, "template", "-f", str(path), *stage, *words], env=environment,
                            capture_output=True, encoding="utf-8", timeout=60, check=False)
    if result.returncode:
        raise AssertionError(f"{path.name}: {result.stderr}")
    return result.stdout


def as_read(path):
    """(project, stage, hours of retention) of the pipeline, stages and defaults considered."""
    pipeline = template_judge.yaml.safe_load(path.read_text(encoding="utf-8"))
    _, words = directives(path)
    stage = words[1] if words else pipeline.get("stage", "dev")
    number, unit = pipeline.get("stream", {}).get("retention", "24h")[:-1], \
        pipeline.get("stream", {}).get("retention", "24h")[-1]
    return pipeline["project"], stage, int(number) * {"h": 1, "d": 24}[unit]


class Templates(unittest.TestCase):
    maxDiff = None

    def compare(self, text, path):
        if UPDATE:
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"), f"{path.name}: see LORRY_UPDATE")

    def test_golden(self):
        for name, path in pipelines().items():
            with self.subTest(name):
                self.compare(lorry_template(path), TEMPLATES / f"{name}.template.yaml")

    def test_none_is_left_over(self):
        names = {path.name.removesuffix(".template.yaml") for path in TEMPLATES.glob("*.template.yaml")}
        self.assertEqual(names, set(pipelines()))

    def test_both_forms_say_the_same(self):
        for name, path in pipelines().items():
            with self.subTest(name):
                as_json = lorry_template(path, "--format", "json")
                self.assertEqual(template_judge.read_yaml(lorry_template(path)), json.loads(as_json))
                self.assertEqual(lorry_template(path, "--json"), as_json)

    def test_judged(self):
        for name, path in pipelines().items():
            with self.subTest(name):
                text = lorry_template(path)
                self.assertLess(len(text.encode()), template_judge.INLINE_MAX)
                self.assertNotIn(SECRET, text)
                template_judge.judge(template_judge.read_yaml(text), *as_read(path))

    def test_permissions(self):
        lines = set()
        for name, path in pipelines().items():
            with self.subTest(name):
                lines |= set(template_judge.permissions(template_judge.read_yaml(lorry_template(path))))
        self.compare("\n".join(sorted(lines)) + "\n", TEMPLATES / "permissions.txt")

    @unittest.skipIf(os.environ.get("LORRY_SANITIZE", "none") != "none", "test_golden: they are those of other builds")
    def test_linted(self):
        """All rules, informational ones included; none is silenced."""
        config = cfnlint.api.ManualArgs(include_checks=["I"], regions=["eu-central-1"])
        for name, path in pipelines().items():
            with self.subTest(name):
                found = cfnlint.api.lint(lorry_template(path), config=config)
                self.assertEqual([str(match) for match in found], [])


class Judge(unittest.TestCase):
    """The judge itself notices what it is there for."""

    def assert_noticed(self, message, change, name="documented"):
        path = pipelines()[name]
        template = json.loads(lorry_template(path, "--format", "json"))
        change(template, {kind: each["Properties"] for kind, each in template["Resources"].items()})
        with self.assertRaisesRegex(AssertionError, message):
            template_judge.judge(template, *as_read(path))

    def test_notices(self):
        digest_or_tag = {"AllowedPattern": "^.+$"}
        for message, change in [
                ("no starting position", lambda t, r: r["Mapping"].update(StartingPosition=None)),
                ("response types", lambda t, r: r["Mapping"].update(FunctionResponseTypes=[])),
                ("mode and shards", lambda t, r: r["Stream"].update(ShardCount=1)),
                ("maximum age", lambda t, r: r["Mapping"].update(MaximumRecordAgeInSeconds=30)),
                ("maximum age", lambda t, r: r["Mapping"].update(MaximumRecordAgeInSeconds=90000)),
                ("destination", lambda t, r: r["Mapping"].pop("DestinationConfig")),
                ("latest is accepted", lambda t, r: t["Parameters"]["ImageUri"].update(digest_or_tag)),
                ("ImageConfig", lambda t, r: r["Function"].update(ImageConfig={})),
                ("precision", lambda t, r: r["Table"]["KinesisStreamSpecification"].update(
                    ApproximateCreationDateTimePrecision="MILLISECOND")),
                ("password in the URL", lambda t, r: r["Function"]["Environment"]["Variables"].update(
                    SINK_URL="crate://a:b@h")),
                ("password in the template", lambda t, r: r["Function"]["Environment"]["Variables"].update(
                    SINK_PASSWORD="x")),
                ("SECRET is", lambda t, r: r["Function"]["Environment"]["Variables"].update(
                    SECRET={"Ref": "ImageUri"})),
                ("Table .*Retain", lambda t, r: t["Resources"]["Table"].update(DeletionPolicy="Retain")),
                ("is tagged", lambda t, r: r["Role"]["Tags"][0].update(Value="x")),
                (r"s3:\*", lambda t, r: r["Role"]["Policies"][0]["PolicyDocument"]["Statement"][2].update(
                    Action=["s3:*"])),
                (r"GetSecretValue \*", lambda t, r: r["Role"]["Policies"][0]["PolicyDocument"]["Statement"][4]
                    .update(Resource="*")),
                ("unknown names", lambda t, r: r["Function"].update(Role={"Ref": "Nobody"})),
                ("lost already", lambda t, r: r["IteratorAgeAlarm"].update(Threshold=72000000)),
                ("too early", lambda t, r: r["Function"]["Environment"]["Variables"].update(
                    SINK_TOMBSTONE_RETENTION="6d"))]:
            with self.subTest(message):
                self.assert_noticed(message, change)


if __name__ == "__main__":
    unittest.main()
