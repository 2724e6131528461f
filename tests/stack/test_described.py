"""Programs that describe their stack (lorry/stack.h) say what files say: the same findings for the files in
files/, the same templates, byte by byte, for those in templates/ and for random ones. And what only programs can
say: paths, places in their source, changes to what a file says.

LORRY_SEED and LORRY_PIPELINES repeat or lengthen a run; a failure says which pipeline it was."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import calls
from test_files import FILES, LORRY
from test_files import directives as file_directives
from test_template_property import PIPELINES, SEED, Maker
from test_templates import directives, pipelines

DESCRIBED = os.environ["LORRY_DESCRIBED"]
SECRET = "hunter2"
# What a program cannot say, or says in another way.
ONLY_IN_FILES = {
    "keys-dotted": "a key with dots in it is a path",
    "keys-no-value": "nulls",
    "keys-unknown": "an empty mapping",
    "stage-mistakes": "an empty mapping",
    "type-boolean": "quotes",
    "type-integer": "quotes",
    "type-keys-none": "an empty mapping",
    "type-list": "a program is told how to add to a list",
    "type-list-elements": "lists in lists",
    "type-mapping-values": "a mapping in the place of a text",
}
MINIMAL = [("set", "project", "shop"), ("set", "source.dynamodb.table", "orders"),
           ("set", "source.dynamodb.keys.id", "S"), ("set", "sink.url", "crate://crate.example.org:4200"),
           ("set", "sink.table", "orders"), ("set", "alarms.topic", "arn:aws:sns:eu-central-1:123456789012:ops")]


def as_text(found):
    environment, words = found
    return {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}, words


def fields(schema, group=""):
    """Paths of all fields of the JSON Schema."""
    for name, field in schema["properties"].items():
        path = f"{group}.{name}" if group else name
        yield path, field
        if "properties" in field:
            yield from fields(field, path)


class Described(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_program(self, described, *words, environment=None, cwd=None):
        path = self.folder / "calls"
        path.write_bytes(described if isinstance(described, bytes) else calls.encoded(described))
        return subprocess.run([DESCRIBED, *words], cwd=cwd or self.folder, capture_output=True, timeout=60, check=False,
                              env={**(environment or {}), "DESCRIPTION": str(path)}, encoding="utf-8")

    def findings(self, described, *words, **more):
        result = self.run_program(described, "validate", "--json", *words, **more)
        value = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if value["valid"] else 1)
        self.assertEqual(result.stderr, "")
        return value["findings"]

    def said(self, described, *words, **more):
        """ "line: message" of the errors of a program that says nothing wrong but this."""
        return [f'{found["file"]}:{found["line"]}: {found["message"]}'
                for found in self.findings(MINIMAL + described, *words, **more) if found["level"] == "error"]

    def template(self, described, *words, **more):
        result = self.run_program(described, "template", *words, **more)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(SECRET, result.stdout)
        return result.stdout

    def assert_file_says_the_same(self, said, expected, *words, environment, cwd):
        """What `file` prints is a file again."""
        printed = self.run_program(said, "file", *words, environment=environment, cwd=cwd)
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        file = subprocess.run([LORRY, "template", "-f", "-", *words], cwd=cwd, env=environment, input=printed.stdout,
                              capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual((file.returncode, file.stdout), (0, expected), printed.stdout + file.stderr)


class AsFiles(Described):
    def test_findings(self):
        compared = set()
        for path in sorted(FILES.glob("*.yaml")):
            if path.stem.startswith("yaml-") or path.stem in ONLY_IN_FILES or not self.is_utf8(path):
                continue
            with self.subTest(path.name):
                environment, words = as_text(file_directives(path.read_bytes()))
                options = ["validate", "--json", *words]
                file = subprocess.run([LORRY, *options, "-f", path.name], cwd=FILES, env=environment,
                                      capture_output=True, encoding="utf-8", timeout=60, check=False)
                program = self.run_program(calls.of_file(path), *options, cwd=FILES, environment=environment)
                self.assertEqual(self.messages(program), self.messages(file))
                self.assertNotIn(SECRET, program.stdout)
                compared.add(path.stem)
        self.assertGreater(len(compared), 80)

    @staticmethod
    def is_utf8(path):
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return False
        return True

    @staticmethod
    def messages(result):
        value = json.loads(result.stdout)
        return [value["stages"], sorted((found["level"], found["message"]) for found in value["findings"])]

    def test_templates(self):
        described = set()
        good = {path.stem: path for path in FILES.glob("good-*.yaml")}
        for name, path in {**pipelines(), **good}.items():
            with self.subTest(name):
                environment, stage = as_text(file_directives(path.read_bytes())) if name in good else directives(path)
                said = calls.of_file(path)
                described |= {call[1] for call in said}
                for words in [[]], [["--format", "json"]]:
                    file = subprocess.run([LORRY, "template", "-f", path.name, *stage, *words[0]], cwd=path.parent,
                                          env=environment, capture_output=True, encoding="utf-8", timeout=60)
                    self.assertEqual(file.returncode, 0, file.stderr)
                    self.assertEqual(self.template(said, *stage, *words[0], environment=environment, cwd=path.parent),
                                     file.stdout)
                    if not words[0]:
                        self.assert_file_says_the_same(said, file.stdout, *stage, environment=environment, cwd=path.parent)
        self.assert_every_field_is_among(described)

    def assert_every_field_is_among(self, described):
        schema = json.loads(subprocess.run([LORRY, "validate", "--schema"], capture_output=True, check=True).stdout)
        paths = [path for path, _ in fields(schema)]
        self.assertGreater(len(paths), 50)
        missing = [path for path in paths
                   if not any(call == path or call.startswith(path + ".") for call in described)]
        self.assertEqual(missing, [])

    def test_random_pipelines(self):
        for number in range(PIPELINES // 2):
            with self.subTest(f"LORRY_SEED={SEED}, pipeline {number}"):
                path = self.folder / f"{number}.yaml"
                text = json.dumps(Maker(f"{SEED}-{number}").pipeline(), ensure_ascii=False)
                # To PyYAML, which reads YAML 1.1, it ends a line.
                path.write_text(text.replace("\u2028", "\\u2028"), encoding="utf-8")
                file = subprocess.run([LORRY, "template", "-f", path], env={"SINK_SECRET": SECRET}, check=True,
                                      capture_output=True, encoding="utf-8", timeout=60)
                said, environment = calls.of_file(path), {"SINK_SECRET": SECRET}
                self.assertEqual(self.template(said, environment=environment), file.stdout)
                self.assert_file_says_the_same(said, file.stdout, environment=environment, cwd=self.folder)


class Mistakes(Described):
    def test_places(self):
        self.assertEqual(self.said([("set", "processor.memory", "12"), ("set", "stream.shard", "4"),
                                    ("set", "strem.name", "x")]),
                         ['calls:7: "processor.memory" is "12", but must be from 128 to 10240',
                          'calls:8: unknown key "shard" in "stream" (did you mean "shards"?)',
                          'calls:9: unknown key "strem" (did you mean "stream"?)'])
        result = self.run_program([*MINIMAL, ("set", "processor.memory", "12")], "validate")
        self.assertEqual(result.stderr, 'calls:7: "processor.memory" is "12", but must be from 128 to 10240\n')
        result = self.run_program([*MINIMAL, ("set", "processor.memory", "12")], "template")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("calls describes no pipeline that works", result.stderr)

    def test_what_is_missing_is_told_at_the_stack(self):
        found = self.findings([])
        self.assertIn('"sink.url" is missing', [each["message"] for each in found])
        self.assertEqual({(each["file"], each["line"]) for each in found}, {("calls", None)})

    def test_paths(self):
        for path, message in [
                ("", 'unknown key ""'),
                ("stream.", 'unknown key "" in "stream"'),
                ("stream..name", 'unknown key "" in "stream"'),
                (".stream", 'unknown key ""'),
                ("stream.name.more", '"stream.name.more" cannot be set: what it would be in has a value of its own'),
                ("processor.vpc.subnets", '"processor.vpc.subnets" is a list: add its elements to it, one by one'),
                ("tags", '"tags" must be a mapping of names to texts'),
                ("stages.dev.stages.x", 'a stage cannot change "stages"'),
                ("stages.dev", 'the stage "dev" is no mapping of what it changes'),
                (".".join("abcdefghijklmnopqrst"), '"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t" is more than 16 levels deep')]:
            with self.subTest(path):
                found = self.said([("set", "stream.name", "x"), ("set", path, "x")])
                self.assertIn("calls:8: " + message, found)

    def test_lists(self):
        self.assertEqual(self.said([("add", "stream.name", "x")]),
                         ['calls:7: "stream.name" must be a text'])
        self.assertEqual(self.said([("add", "processor.vpc.subnets", "net"), ("add", "processor.vpc.security-groups", "sg-1")]),
                         ['calls:7: "processor.vpc.subnets" is "net", but must be like subnet-0a1b2c3d'])
        self.assertEqual(self.said([("add", "strem", "x")]),
                         ['calls:7: unknown key "strem" (did you mean "stream"?)'])

    def test_what_is_no_utf8(self):
        raw = calls.encoded(MINIMAL) + b"set\0description\0\xff\0set\0tags.\xc3\0x\0"
        self.assertEqual([(each["line"], each["message"]) for each in self.findings(raw)],
                         [(7, '"description": the value is no UTF-8'), (8, '"tags.\\xc3": the path is no UTF-8')])

    def test_too_much(self):
        found = self.said([("set", "description", "x" * 600000), ("set", "description", "y" * 600000),
                           ("set", "description", "z")])
        self.assertIn("calls:8: longer than 1048576 bytes", found)
        self.assertEqual(len([each for each in found if "longer" in each]), 1)
        found = self.said([("set", f"tags.t{number}", "x") for number in range(12000)])
        self.assertEqual(len([each for each in found if "more than 10000 values" in each]), 1)

    def test_nothing_to_take_away(self):
        self.assertEqual(self.said([("unset", "strem.name")]), ['calls:7: there is no field "strem.name"'])
        self.assertEqual(self.said([("unset", "processor.vpc"), ("unset", "tags.a.b"), ("unset", "stream.name"),
                                    ("unset", "source.dynamodb.keys.x"), ("unset", "stages")]), [])


class Changes(Described):
    def file(self, text):
        path = self.folder / "pipeline.yaml"
        path.write_text(text, encoding="utf-8")
        return [("read", "pipeline.yaml")]

    FILE = """project: shop
source: {dynamodb: {table: orders, keys: {id: S}}}
processor:
sink: {url: "crate://crate.example.org:4200", table: orders}
alarms: {topic: "arn:aws:sns:eu-central-1:123456789012:ops"}
stages:
  prod: {source: {dynamodb: {table: orders-prod}}}
"""

    def test_the_later_one_counts(self):
        self.assertEqual(self.template([*MINIMAL, ("set", "tags.a", "1"), ("set", "processor.memory", "x"),
                                        ("set", "processor.memory", "512"), ("set", "tags.a", "2")]),
                         self.template([*MINIMAL, ("set", "processor.memory", "512"), ("set", "tags.a", "2")]))

    def test_taken_away(self):
        network = [("add", "processor.vpc.subnets", "subnet-1"), ("add", "processor.vpc.security-groups", "sg-1")]
        self.assertEqual(self.template([*MINIMAL, *network, ("unset", "processor.vpc")]), self.template(MINIMAL))
        self.assertEqual(self.template([*MINIMAL, ("add", "processor.vpc.subnets", "wrong"),
                                        ("unset", "processor.vpc.subnets"), *network]),
                         self.template([*MINIMAL, *network]))

    def test_a_file_is_changed(self):
        read = self.file(self.FILE)
        changed = self.FILE.replace("processor:", "processor: {memory: 512}").replace(
            "table: orders-prod", "table: orders-prod, retain: false")
        described = [*read, ("set", "processor.memory", "512"), ("set", "stages.prod.source.dynamodb.retain", "false")]
        for words in [], ["--stage", "prod"]:
            (self.folder / "changed.yaml").write_text(changed, encoding="utf-8")
            file = subprocess.run([LORRY, "template", "-f", "changed.yaml", *words], cwd=self.folder, env={}, check=True,
                                  capture_output=True, encoding="utf-8", timeout=60)
            self.assertEqual(self.template(described, *words), file.stdout)

    def test_places_in_both(self):
        read = self.file(self.FILE.replace("table: orders, keys", "tabel: orders, keys"))
        result = self.run_program([*read, ("set", "stream.name", " ")], "validate")
        self.assertEqual(result.stderr.splitlines(), [
            'pipeline.yaml:2:10: "source.dynamodb.table" is missing',
            'pipeline.yaml:2:21: unknown key "tabel" in "source.dynamodb" (did you mean "table"?)',
            'calls:2: "stream.name" is " ", but must be letters, digits, underscores, dots and dashes'])

    def test_stages(self):
        described = [*MINIMAL, ("set", "stages.prod.source.dynamodb.table", "orders-prod"),
                     ("set", "stages.prod.region", "eu-west-1"), ("unset", "stages.prod.alarms"),
                     ("set", "sink.password.secret", "a"), ("set", "stages.prod.sink.password.ssm", "/a"),
                     ("unset", "stages.prod.sink.password.secret")]
        self.assertIn("TableName: orders-prod", self.template(described, "--stage", "prod"))
        self.assertIn("TableName: orders\n", self.template(described))
        result = self.run_program(described, "template", "--stage", "pord")
        self.assertIn('there is no stage "pord" (did you mean "prod"?)', result.stderr)
        self.assertEqual(result.returncode, 1)

    def test_no_file(self):
        result = self.run_program([("read", "no.yaml"), ("set", "project", "x")], "template")
        self.assertIn("no.yaml: cannot be read: No such file or directory", result.stderr)
        self.assertEqual(result.returncode, 1)
        result = self.run_program(self.file("a: ["), "template")
        self.assertIn("this is not YAML", result.stderr)

    def test_own_processor_is_looked_for_beside_the_file(self):
        (self.folder / "below").mkdir()
        (self.folder / "below" / "pipeline.yaml").write_text(self.FILE, encoding="utf-8")
        own = ("set", "processor.entrypoint", "mine")
        self.assertIn('"processor.entrypoint": below/mine: No such', str(self.said_of([("read", "below/pipeline.yaml"), own])))
        self.assertIn('"processor.entrypoint": mine: No such', str(self.said([own])))

    def said_of(self, described):
        return [found["message"] for found in self.findings(described)]


class Program(Described):
    def test_help(self):
        for words in ["help"], ["--help"]:
            result = self.run_program(MINIMAL, *words)
            self.assertEqual(result.returncode, 0)
            for name in "validate", "template", "file", "diff", "deploy", "refresh", "destroy", "--yes", "--stage":
                self.assertRegex(result.stdout, rf"(?m)^ .*{name}\b")
            self.assertNotIn("--file", result.stdout)

    def test_wrong_use(self):
        for words, message in [(["deply"], 'there is no command "deply" (did you mean "deploy"?)'),
                               (["relay"], 'there is no command "relay"'),
                               (["template", "x"], "1 argument too many: "),
                               (["validate", "--file", "x"], "unrecognized option '--file'"),
                               (["--color=maybe"], '--color: there is no "maybe"'),
                               (["template", "--format", "jsn"], 'did you mean "json"?')]:
            with self.subTest(words):
                result = self.run_program(MINIMAL, *words)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn(message, result.stderr)

    def test_without_a_command_it_deploys(self):
        for words in [], ["--yes"], ["deploy"]:
            result = self.run_program([*MINIMAL, ("set", "processor.entrypoint", "mine")], *words)
            self.assertEqual(result.returncode, 1)
            self.assertIn('calls:7: "processor.entrypoint": mine: No such file', result.stderr)
            self.assertIn("described deploy: calls describes no pipeline", result.stderr)

    def test_file(self):
        odd = "a\tb\x7f\n\u2028\\\"'"
        described = [*MINIMAL, ("add", "processor.vpc.subnets", "subnet-1"), ("add", "processor.vpc.security-groups", "sg-1"),
                     ("set", "tags.null", "null"), ("set", "processor.environment.TILDE", "~"), ("set", "tags.a.b", "- x"), ("set", "tags.yes", "0755"),
                     ("set", "processor.batch.retries", "-1"), ("set", "description", odd),
                     ("set", "stages.prod.source.dynamodb.table", "other"), ("unset", "stages.prod.alarms"),
                     ("unset", "stages.test.processor.vpc"), ("set", "stages.test.source.dynamodb.table", "${stage}-t"),
                     ("set", "stages.test.processor.memory", "${MEMORY}")]
        environment = {"MEMORY": "512"}
        for stage in "dev", "prod", "test":
            expected = self.template(described, "--stage", stage, environment=environment)
            self.assert_file_says_the_same(described, expected, "--stage", stage, environment=environment, cwd=self.folder)
        text = self.run_program(described, "file", environment=environment).stdout
        for line in '  "null": "null"', '    TILDE: "~"', "  a.b: \"- x\"", "    retries: -1", "    alarms: null", "      - subnet-1":
            self.assertIn(line + "\n", text)
        result = self.run_program([*MINIMAL, ("set", "strem", "x")], "file")
        self.assertEqual((result.returncode, result.stdout), (1, ""))

    def test_good(self):
        result = self.run_program(MINIMAL, "validate")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "calls: all is well; stage dev\n", ""))


if __name__ == "__main__":
    unittest.main()
