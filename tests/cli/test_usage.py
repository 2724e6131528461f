"""Help, manual, wrong use."""

import json
import re
import shutil
import subprocess
import sys
import unittest

from documented import assert_documented
from harness import COMMANDS, LORRY, ROOT, Case


def options_of_help(text):
    """{"own": {...}, "common": {...}} of --help: names of long options with their values."""
    parts = re.split(r"^ Options of every command:$", text, flags=re.M)
    found = []
    for part in parts:
        found.append(set(re.findall(r"^  (?:-\S, |    )--(\S+)", part, flags=re.M)))
    return found[0], found[1]


def options_of_page(page):
    """The same of a page of the manual."""
    section = re.search(r"^\.Sh OPTIONS\n(.*?)(?=^\.Sh )", page, flags=re.M | re.S)
    entries = re.findall(r"^\.It (?:Fl \S+ , )*Fl Fl (.*)$", section.group(1) if section else "", flags=re.M)
    return {entry.replace(" Ns = Ns Ar ", "=").partition(" Pq Li ")[0] for entry in entries}


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
    def setUp(self):
        super().setUp()
        subprocess.run([sys.executable, ROOT / "scripts" / "manual", LORRY, self.folder], check=True)
        self.pages = {path.stem: path.read_text(encoding="utf-8") for path in self.folder.glob("*.1")}

    def test_every_command_has_a_page_that_is_built_and_prose(self):
        expected = {"lorry-" + command.replace(" ", "-") for command in COMMANDS} | {"lorry"}
        built = (ROOT / "docs" / "meson.build").read_text(encoding="utf-8")
        self.assertEqual(set(self.pages), expected)
        self.assertEqual(set(self.pages) - {"lorry"}, {"lorry-" + name for name in re.findall(
            r"'([a-z-]+)'", built.split("foreach name : [")[1].split("]")[0])})
        self.assertEqual({path.stem for path in (ROOT / "docs" / "man").glob("*.mdoc")}, expected | {"options"})

    def test_same_synopses_and_options_as_help(self):
        for command in COMMANDS:
            page = self.pages["lorry-" + command.replace(" ", "-")]
            own, common = options_of_help(self.check(*command.split(), "--help").stdout)
            self.assertIn(f"\n.Nm lorry {command}\n", page)
            self.assertEqual(own, options_of_page(page), command)
            self.assertEqual(common, options_of_page(self.pages["lorry"]))

    def test_same_defaults_as_help(self):
        manual = self.check_json("help")
        for command in manual["commands"]:
            page = self.pages["lorry-" + command["name"].replace(" ", "-")]
            for option in command["options"]:
                if option["default"]:
                    self.assertIn(f"Fl Fl {option['name']} Ns = Ns Ar {option['value']} Pq Li {option['default']}\n", page)

    def test_what_does_not_fit_is_an_error(self):
        """The prose cannot speak of an option that is not there any more."""
        for name in ["scripts", "docs"]:
            shutil.copytree(ROOT / name, self.folder / name)
        prose = self.folder / "docs" / "man" / "lorry-event.mdoc"
        prose.write_text(prose.read_text(encoding="utf-8") + "@option gone\nIt was.\n", encoding="utf-8")
        result = subprocess.run([sys.executable, self.folder / "scripts" / "manual", LORRY, self.folder],
                                capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("lorry-event.mdoc: there is no option --gone", result.stderr)

    def test_settings_of_the_processor(self):
        source = (ROOT / "src" / "lambda" / "settings.c").read_text(encoding="utf-8")
        table = source.split("struct setting table[] = {")[1].split("\n};")[0]
        names = set(re.findall(r'"([A-Z_]{3,})"', table)) - {"INFO"}
        page = (ROOT / "docs" / "lorry-processor.1").read_text(encoding="utf-8")
        listed = re.findall(r"^\.It Ev (.*)$", page, flags=re.M)
        self.assertEqual(names, {name for line in listed for name in line.split(" , ")})

    def test_is_sound_mdoc(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc")
        result = subprocess.run(["mandoc", "-Tlint", "-Wwarning", ROOT / "docs" / "lorry-processor.1",
                                 *self.folder.glob("*.1")], capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(result.stdout + result.stderr, "")

    def test_commands_as_data(self):
        everything = json.loads(self.check("help", "--json").stdout)
        assert_documented(self, "lorry help", everything)
        self.assertEqual({command["name"] for command in everything["commands"]}, set(COMMANDS))
        one = json.loads(self.check("help", "table", "create", "--json").stdout)
        self.assertEqual([command["name"] for command in one["commands"]], ["table create"])
        key = next(option for option in one["commands"][0]["options"] if option["name"] == "key")
        self.assertEqual((key["letter"], key["value"], key["repeatable"]), ("k", "NAME:TYPE", True))


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
        self.fails("query", "a", "b", says="1 argument too many: lorry query STATEMENT\n")
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
        self.fails("table", "show", "t", says="1 argument too many: lorry table show\n")
        self.fails("table", "show", "--table", "t", says="which sink?")
        self.fails("table", "show", "--sink", self.sink, says="which table?")
        self.fails("table", "drop", *sink, says="--yes")


class Colours(Case):
    def test_only_when_wanted(self):
        self.assertNotIn("\033", self.check("query", status=2).stderr)
        self.assertIn("\033[1;31m", self.check("query", "--color=always", status=2).stderr)
        self.assertIn("\033", self.check("--color=always", "nonsense", status=2).stderr)

    def test_terminals(self):
        """Of every command, by what all of them refuse."""
        for command in COMMANDS:
            words = [*command.split(), "-q", "-v"]
            plain = f"lorry {command}: --quiet and --verbose exclude each other\r\n"
            self.assertTrue(self.on_terminal(*words).startswith("\033[1;31mlorry %s:\033[0m " % command))
            for more, environment in [([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), (["--color=never"], {})]:
                self.assertTrue(self.on_terminal(*words, *more, **environment).startswith(plain), (words, more))
            self.assertIn("\033", self.on_terminal(*words, "--color=always", NO_COLOR="1"))

    def test_tables(self):
        """Their heads are bold, on a terminal only."""
        self.check("table", "create", "--sink", self.sink, "--table", "t", "--key", "a:S")
        query = ["query", "--sink", self.sink, "SELECT 1 AS one, 'text' AS two"]
        self.assertIn("\033[1m", self.on_terminal(*query))
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertEqual(self.on_terminal(*query, **environment).split(), ["one", "two", "1", "text"])
        self.assertNotIn("\033", self.check(*query).stdout)


if __name__ == "__main__":
    unittest.main()
