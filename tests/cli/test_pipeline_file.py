"""lorry init, lorry validate, and the file that commands look at."""

import shutil
import subprocess
import unittest

from documented import assert_documented
from harness import ROOT, Case

GOOD = """\
project: shop
source: {dynamodb: {table: orders, keys: {id: S}}}
sink: {url: "crate://crate.example.org:4200", table: orders}
alarms: {topic: "arn:aws:sns:eu-central-1:123456789012:ops"}
"""


class Init(Case):
    def test_writes_the_example(self):
        result = self.check("init")
        self.assertEqual(result.stdout, "written to pipeline.yaml\n")
        self.assertIn("lorry deploy", result.stderr)
        self.assertEqual((self.folder / "pipeline.yaml").read_text(encoding="utf-8"),
                         (ROOT / "src" / "stack" / "example.yaml").read_text(encoding="utf-8"))

    def test_the_example_is_good(self):
        self.check("init")
        value = self.check_json("validate")
        self.assertEqual(value["stages"], ["dev", "prod"])
        self.assertTrue(value["valid"])
        # The one thing that cannot be made up.
        self.assertTrue(all("alarms.topic" in f["message"] for f in value["findings"]))
        self.assertEqual(self.check("validate", "--quiet").stderr, "")

    def test_elsewhere(self):
        self.assertEqual(self.check("init", "new").stdout, "written to new/pipeline.yaml\n")
        self.assertEqual(self.check("init", "new2/").stdout, "written to new2/pipeline.yaml\n")
        self.assertIn("lorry validate --file own.yaml", self.check("init", "-f", "own.yaml").stderr)
        self.assertTrue((self.folder / "own.yaml").exists())
        value = self.check_json("init", "again")
        assert_documented(self, "lorry init", value)

    def test_never_overwrites(self):
        self.write("pipeline.yaml", "mine")
        self.assertIn("there already", self.check("init", status=1).stderr)
        self.assertIn("there already", self.check("init", ".", status=1).stderr)
        self.assertEqual((self.folder / "pipeline.yaml").read_text(), "mine")
        self.assertIn("cannot", self.check("init", "no/such", status=1).stderr)
        self.check("init", "x", "-f", "y", status=2)
        self.check("init", "", status=2)


class Validate(Case):
    def test_good(self):
        self.write("pipeline.yaml", GOOD)
        result = self.check("validate")
        self.assertEqual((result.stdout, result.stderr),
                         ("pipeline.yaml: all is well; stage dev\n", ""))
        self.assertEqual(self.check("validate", "--quiet").stdout, "")
        assert_documented(self, "lorry validate", self.check_json("validate"))

    def test_warnings(self):
        self.write("pipeline.yaml", GOOD + "processor: {on-failure: none}\n")
        result = self.check("validate")
        self.assertEqual(result.stdout, "pipeline.yaml: no errors; stage dev\n")
        self.assertIn("pipeline.yaml:5:25: warning: nothing keeps", result.stderr)
        self.assertEqual(self.check("validate", "-q").stderr, "")

    def test_mistakes(self):
        self.write("own.yaml", GOOD + "processor: {memory: 1, timeout: x}\n")
        result = self.check("validate", "--file", "own.yaml", status=1)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 2)
        self.assertEqual(result.stderr, self.check("validate", "-qf", "own.yaml", status=1).stderr)
        value = self.check_json("validate", "-f", "own.yaml", status=1)
        assert_documented(self, "lorry validate", value)
        self.assertEqual([(f["level"], f["line"], f["column"]) for f in value["findings"]],
                         [("error", 5, 21), ("error", 5, 33)])
        self.assertFalse(value["valid"])

    def test_unreadable(self):
        result = self.check("validate", status=1)
        self.assertEqual(result.stderr, "pipeline.yaml: cannot be read: No such file or directory "
                                        "(`lorry init` writes one)\n")
        value = self.check_json("validate", status=1)
        self.assertEqual([(f["line"], f["column"]) for f in value["findings"]], [(None, None)])
        self.write("long.yaml", "#" * (1 << 20) + "\n")
        self.assertIn("longer than", self.check("validate", "-f", "long.yaml", status=1).stderr)

    def test_standard_input(self):
        self.assertIn("stage dev", self.check("validate", "-f", "-", stdin=GOOD).stdout)

    def test_stage(self):
        self.write("pipeline.yaml", GOOD + "stages: {prod: {source: {dynamodb: {table: other}}}}\n")
        self.assertEqual(self.check_json("validate", "--stage", "prod")["stages"], ["prod", "dev"])
        result = self.check("validate", "--stage", "prdo", status=1)
        self.assertIn('(did you mean "prod"?)', result.stderr)

    def test_entrypoint_is_beside_the_file(self):
        (self.folder / "sub").mkdir()
        self.write("sub/own", "")
        self.write("sub/p.yaml", GOOD + "processor: {entrypoint: ./own}\n")
        self.check("validate", "-f", "sub/p.yaml")
        self.write("p.yaml", GOOD + "processor: {entrypoint: ./own}\n")
        self.assertIn("No such file", self.check("validate", "-f", "p.yaml", status=1).stderr)

    def test_an_emulator_by_the_environment(self):
        self.write("pipeline.yaml", GOOD.replace("crate://crate.example.org:4200", "sqlite:///x"))
        self.assertIn("keeps a SQLite database only", self.check("validate", status=1).stderr)
        self.check("validate", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        self.check("validate", "--endpoint-url", "http://127.0.0.1:1")
        config = self.write("config", "[profile mine]\nendpoint_url = http://127.0.0.1:1\n")
        self.check("validate", env={"AWS_CONFIG_FILE": config}, status=1)
        self.check("validate", "--profile", "mine", env={"AWS_CONFIG_FILE": config})
        self.check("validate", env={"AWS_CONFIG_FILE": config, "AWS_PROFILE": "mine"})
        self.check("validate", status=1, env={"AWS_CONFIG_FILE": config, "AWS_PROFILE": "mine",
                                              "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})

    def test_what_only_an_emulator_could_keep_is_wrong_for_aws_alone(self):
        self.write("pipeline.yaml", GOOD.replace("crate://crate.example.org:4200", self.sink))
        self.check("validate", status=1)
        self.assertIn("keeps a SQLite database only below", self.check("template", status=1).stderr)
        self.check("table", "create", "--key", "id:S")
        self.check("query", "SELECT 1")
        self.check("event", "insert")

    def test_what_packs_nothing_needs_no_entrypoint(self):
        self.write("pipeline.yaml", GOOD + "processor: {entrypoint: ./not-built-yet}\n")
        self.check("validate", status=1)
        self.check("zip", status=1)
        self.check("event", "insert")
        self.assertIn("not-built-yet", self.check("event", "insert", "--verbose").stderr)


class Packages(Case):
    """What is packed is the entrypoint of the file, for the architecture of the file."""

    @classmethod
    def setUpClass(cls):
        cls.compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

    def setUp(self):
        super().setUp()
        (self.folder / "sub").mkdir()
        source = self.write("own.c", "int main(void) { return 0; }\n")
        subprocess.run([self.compiler, "-static", "-o", str(self.folder / "sub" / "own"), source],
                       check=True)
        header = (self.folder / "sub" / "own").read_bytes()
        self.own = "arm64" if header[18] == 183 else "x86_64"
        self.other = "x86_64" if self.own == "arm64" else "arm64"

    def describe(self, architecture, path="sub/pipeline.yaml", entrypoint="./own"):
        self.write(path, GOOD + "processor: {entrypoint: %s, architecture: %s}\n"
                   % (entrypoint, architecture))

    def test_entrypoint(self):
        self.describe(self.own)
        self.check("zip", "-o", "by-file.zip", "--file", "sub/pipeline.yaml")
        self.check("zip", "-o", "by-option.zip", "--entrypoint", "sub/own")
        self.assertEqual((self.folder / "by-file.zip").read_bytes(),
                         (self.folder / "by-option.zip").read_bytes())
        by_file = self.check_json("image", "build", "-o", "a.tar", "-f", "sub/pipeline.yaml")
        by_option = self.check_json("image", "build", "-o", "b.tar", "--entrypoint", "sub/own")
        self.assertEqual(by_file["digest"], by_option["digest"])

    def test_the_option_wins(self):
        self.write("script", "#!/bin/sh\n")
        self.describe(self.own, "pipeline.yaml", "script")
        for words in [("zip",), ("image", "build")]:
            self.assertIn("script", self.check(*words, status=1).stderr)
            self.check(*words, "--entrypoint", "sub/own")

    def test_architecture(self):
        self.describe(self.other, "pipeline.yaml", "sub/own")
        for words in [("zip", "-o", "x.zip"), ("image", "build", "-o", "x.tar")]:
            message = self.check(*words, status=1).stderr
            self.assertIn("built for %s" % self.own, message)
            self.assertIn("to be for %s" % self.other, message)
            self.assertFalse((self.folder / words[-1]).exists())

    def test_a_wrong_file(self):
        self.write("pipeline.yaml", GOOD + "processor: {memory: 1}\n")
        message = self.check("zip", status=1).stderr
        self.assertIn("pipeline.yaml:5:21: ", message)
        self.assertIn("lorry zip: pipeline.yaml describes no pipeline", message)

    def test_a_file_that_cannot_be_read(self):
        """One line says it."""
        self.write("empty.yaml", "")
        for name, message in [("none.yaml", "cannot be read: No such file or directory (`lorry init` writes one)"),
                              (".", "cannot be read: Is a directory"),
                              ("empty.yaml", "this describes no pipeline (`lorry init` writes a file that does)")]:
            self.assertEqual(self.check("zip", "-f", name, status=1).stderr, f"lorry zip: {name}: {message}\n")


if __name__ == "__main__":
    unittest.main()
