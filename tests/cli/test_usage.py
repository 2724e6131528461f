"""Help, manual, wrong use."""

import re
import shutil
import subprocess
import unittest

from harness import COMMANDS, ROOT, Case


def options_of_help(text):
    """{"own": {...}, "common": {...}} of --help: names of long options with their values."""
    parts = re.split(r"^ Options of every command:$", text, flags=re.M)
    found = []
    for part in parts:
        found.append(set(re.findall(r"^  (?:-\S, |    )--(\S+)", part, flags=re.M)))
    return found[0], found[1]


def options_of_manual(section):
    found = set()
    for line in re.findall(r"^\.It (.*)$", section, flags=re.M):
        line = line.replace(" Ns = Ns Ar ", "=").replace("\\&", "")
        found |= set(re.findall(r"Fl Fl (\S+)", line))
    return found


def sections_of_manual():
    text = (ROOT / "docs" / "lorry.1").read_text(encoding="utf-8")
    parts = re.split(r"^\.S[sh] (.*)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Help(Case):
    def test_every_command_explains_itself(self):
        for command in COMMANDS:
            text = self.check(*command.split(), "--help").stdout
            self.assertTrue(text.startswith("Usage: lorry %s [OPTION...]" % command), text)
            self.assertEqual(text, self.check("help", *command.split()).stdout)
            self.assertEqual(text, self.check(*command.split(), "-h").stdout)

    def test_fits_80_columns(self):
        for words in [[], ["table"]] + [command.split() for command in COMMANDS]:
            for option in ["--help", "--usage"]:
                for line in self.check(*words, option).stdout.splitlines():
                    self.assertLessEqual(len(line), 80, line)

    def test_list(self):
        text = self.check("--help").stdout
        self.assertIn("table create", COMMANDS)
        self.assertIn("relay", COMMANDS)
        self.assertEqual(text, self.check("help").stdout)
        group = self.check("table", "--help").stdout
        self.assertIn("table create", group)
        self.assertNotIn("relay", group)

    def test_version(self):
        self.assertRegex(self.check("--version").stdout, r"^lorry \d+\.\d+\.\d+\n$")
        self.assertEqual(self.check("-V").stdout, self.check("relay", "--version").stdout)


class Manual(Case):
    def test_same_commands_and_synopses(self):
        sections = [name[6:] for name in sections_of_manual() if name.startswith("lorry ")]
        self.assertEqual(sorted(sections), sorted(
            self.check(*command.split(), "--help").stdout.splitlines()[0].removeprefix("Usage: lorry ")
            for command in COMMANDS))

    def test_same_options(self):
        manual = sections_of_manual()
        for command in COMMANDS:
            own, common = options_of_help(self.check(*command.split(), "--help").stdout)
            name = next(name for name in manual
                        if (name + " [").startswith("lorry %s [" % command))
            self.assertEqual(own, options_of_manual(manual[name]), command)
            self.assertEqual(common, options_of_manual(manual["Options of every command"]))

    def test_shared_options_are_explained(self):
        shared = options_of_manual(sections_of_manual()["Options of commands that use the sink"])
        own, _ = options_of_help(self.check("relay", "--help").stdout)
        self.assertLessEqual(shared, own)
        self.assertEqual(shared, {"sink=URL", "table=NAME", "password-file=FILE",
                                  "column-types=JSON"})


    def test_settings_of_the_processor(self):
        source = (ROOT / "src" / "lambda" / "settings.c").read_text(encoding="utf-8")
        table = source.split("struct setting table[] = {")[1].split("\n};")[0]
        names = set(re.findall(r'"([A-Z_]{3,})"', table)) - {"INFO"}
        section = sections_of_manual()["RECORD PROCESSOR"]
        listed = re.findall(r"^\.It Ev (.*)$", section, flags=re.M)
        self.assertEqual(names, {name for line in listed for name in line.split(" , ")})

    def test_is_sound_mdoc(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc")
        result = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(ROOT / "docs" / "lorry.1")],
                                capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(result.stdout + result.stderr, "")


class WrongUse(Case):
    def fails(self, *words, says, **more):
        result = self.check(*words, status=2, **more)
        self.assertEqual(result.stdout, "")
        self.assertIn(says, result.stderr)
        self.assertTrue(result.stderr.startswith("lorry"), result.stderr)

    def test_commands(self):
        self.fails(says="lorry: which command?\nTry `lorry --help`.\n")
        self.fails("tabel", says='no command "tabel" (did you mean "table"?)')
        self.fails("realy", "x", says='did you mean "relay"?')
        self.fails("frobnicate", says='there is no command "frobnicate"\n')
        self.fails("", says='there is no command ""')
        self.fails("table", says="lorry table: which command?")
        self.fails("table", "shwo", says='did you mean "table show"?')
        self.fails("table", "--json", "creat", says='did you mean "table create"?')
        self.fails("help", "table", "nonsense", says='there is no command "table nonsense"')
        self.fails("help", "nonsense", says='there is no command "nonsense"')

    def test_options(self):
        self.fails("--frobnicate", says="unrecognized option '--frobnicate'")
        self.fails("relay", "--frobnicate", says="lorry relay: unrecognized option")
        self.fails("query", "--table=t", "x", says="unrecognized option '--table=t'")
        self.fails("--color=sometimes", "help", says="auto, always, never")
        self.fails("relay", "--on-error=ingore", "a", self.sink, says='did you mean "ignore"?')
        self.fails("relay", "--timeout=3x", "a", self.sink, says='"3x"')
        self.fails("relay", "--timeout=", "a", self.sink, says="--timeout")
        self.fails("-q", "-v", "query", "x", says="exclude each other")
        self.fails("query", "--csv", "--json", "--sink", self.sink, "x", says="exclude each other")

    def test_relay(self):
        self.fails("relay", says="something is missing: lorry relay SOURCE... [SINK]")
        self.fails("relay", "a.json", says="which sink?")
        self.fails("relay", self.sink, says="which source?")
        self.fails("relay", "a.json", self.sink, says="which table?")
        self.fails("relay", "a.json", self.sink, "--sink", self.sink, says="two sinks")
        self.fails("relay", self.sink, "a.json", "--sink", self.sink, says="a URL among the sources")
        self.fails("relay", "a.json", "mongodb://x/y", "-t", "t", says='no sink for "mongodb://"')
        self.fails("relay", "a.json", self.sink, "-t", "a.b.c", says="a.b.c")
        self.fails("relay", "a.json", self.sink, "-t", "t", "--column-types", "[1]",
                   says="COLUMN_TYPES")

    def test_query(self):
        self.fails("query", says="something is missing: lorry query STATEMENT")
        self.fails("query", "a", "b", says="2 arguments are too many")
        self.fails("query", "SELECT 1", says="which sink?")

    def test_table(self):
        sink = ["--sink", self.sink, "--table", "t"]
        self.fails("table", "create", *sink, says="which key?")
        self.fails("table", "create", *sink, "--key", "device", says='"device" is not NAME:TYPE')
        self.fails("table", "create", *sink, "--key", ":S", says="is not NAME:TYPE")
        self.fails("table", "create", *sink, "--key", "a:X", says="is not NAME:TYPE")
        self.fails("table", "create", *sink, "--key", "a:S", "--key", "a:N", says="of one name")
        self.fails("table", "create", *sink, *["--key=a:S", "--key=b:S", "--key=c:S"],
                   says="one part or two")
        self.fails("table", "create", *sink, *["--key=a:S"] * 17, says="more than 16 times")
        self.fails("table", "show", "t", says="1 arguments are too many")
        self.fails("table", "show", "--table", "t", says="which sink?")
        self.fails("table", "show", "--sink", self.sink, says="which table?")
        self.fails("table", "drop", *sink, says="--yes")


class Colours(Case):
    def test_only_when_wanted(self):
        self.assertNotIn("\033", self.check("query", status=2).stderr)
        self.assertIn("\033[1;31m", self.check("query", "--color=always", status=2).stderr)
        self.assertIn("\033", self.check("--color=always", "nonsense", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
