"""lorry completion: the scripts have all that the table of commands has, and complete it in the shells themselves."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

from harness import COMMANDS, LORRY, Case

WAIT_S = 30
# What is typed before TAB, and what stands there after it. The folder has one file, only.yaml.
CASES = [
    ("lorry im", "lorry image "),
    ("lorry image b", "lorry image build "),
    ("lorry logs gr", "lorry logs groups "),
    ("lorry logs groups --pre", "lorry logs groups --prefix="),
    ("lorry logs --foll", "lorry logs --follow "),
    ("lorry --stage x rel", "lorry --stage x relay "),
    ("lorry --stage=x rel", "lorry --stage=x relay "),
    ("lorry -f pipeline.yaml rel", "lorry -f pipeline.yaml relay "),
    ("lorry relay --on-error=ig", "lorry relay --on-error=ignore "),
    ("lorry relay --on-error ig", "lorry relay --on-error ignore "),
    ("lorry --color=nev", "lorry --color=never "),
    ("lorry -f onl", "lorry -f only.yaml "),
    ("lorry --file=onl", "lorry --file=only.yaml "),
    ("lorry relay --password-file=onl", "lorry relay --password-file=only.yaml "),
    ("lorry relay onl", "lorry relay only.yaml "),
    ("lorry image inspect onl", "lorry image inspect only.yaml "),
    ("lorry --reg", "lorry --region="),
    ("lorry table create --pass", "lorry table create --password-file="),
    ("lorry help image ins", "lorry help image inspect "),
    ("lorry completion fi", "lorry completion fish "),
    ("lorry event poi", "lorry event poison "),
    ("lorry invoke --example=mod", "lorry invoke --example=modify "),
    # Nobody can guess these.
    ("lorry sql onl", "lorry sql onl"),
    ("lorry --stage onl", "lorry --stage onl"),
    ("lorry validate onl", "lorry validate onl"),
    ("lorry table create --follo", "lorry table create --follo"),
]


def table():
    return json.loads(subprocess.run([LORRY, "help", "--json"], capture_output=True, check=True).stdout)


class Terminal:
    """A shell on a terminal."""

    def __init__(self, case, *words):
        pid, self.master = pty.fork()
        if pid == 0:
            os.chdir(case.folder)
            os.execvpe(words[0], words, case.environment(TERM="dumb", HOME=str(case.folder), LC_ALL="C.UTF-8"))
        self.seen = b""
        case.addCleanup(os.waitpid, pid, 0)
        case.addCleanup(os.close, self.master)

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, pattern):
        """What the pattern matches in what is written from here on."""
        end = time.monotonic() + WAIT_S
        while not (match := re.search(pattern, self.seen, re.S)):
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"{pattern} never came: {self.seen}")
            self.seen += os.read(self.master, 65536)
        self.seen = self.seen[match.end():]
        return match


class Scripts(Case):
    def script(self, shell):
        return self.check("completion", shell).stdout

    def setUp(self):
        super().setUp()
        self.write("only.yaml", "")

    def need(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"no {shell}")
        return self.write("script." + shell, self.script(shell))

    def test_have_all(self):
        """Also what was added since."""
        for shell, option in (("bash", "--%s"), ("zsh", "--%s"), ("fish", "-l %s")):
            script = self.script(shell)
            for command in table()["commands"]:
                for word in command["name"].split():
                    self.assertRegex(script, rf"(?m)\b{word}\b", (shell, command["name"]))
                for one in command["options"]:
                    self.assertRegex(script, re.escape(option % one["name"]) + r"\b", (shell, command["name"]))
                    for choice in one["choices"]:
                        self.assertRegex(script, rf"\b{choice}\b", (shell, one["name"]))
            for one in table()["options"]:
                self.assertRegex(script, re.escape(option % one["name"]) + r"\b", shell)

    def test_each_command_has_its_own(self):
        """In bash, asked for each of them."""
        path = self.need("bash")
        for command in table()["commands"]:
            shown = subprocess.run(
                ["bash", "-c", f"source {path}; __lorry_options '{command['name']}'; echo $REPLY"],
                capture_output=True, encoding="utf-8", check=True).stdout.split()
            wanted = [f"--{one['name']}{'=' if one['value'] else ''}"
                      for one in command["options"] + table()["options"]]
            self.assertEqual(shown, wanted + ["--help", "--usage", "--version"], command["name"])

    def test_help_is_told(self):
        for shell in ("zsh", "fish"):
            script = self.script(shell)
            self.assertIn("The file that describes the pipeline", script)
            self.assertIn("Makes, pushes and shows the OCI image", script)

    def test_wrong_use(self):
        self.assertIn("it is bash, zsh or fish", self.check("completion", "tcsh", status=2).stderr)
        self.assertIn("something is missing", self.check("completion", status=2).stderr)
        self.assertIn("completion", COMMANDS)

    def check_typed(self, terminal, echo, taken_back=""):
        """The line is put in quotes after TAB, and printed: so it is seen as the shell has it, but for what
        zsh adds and takes back when one goes elsewhere."""
        for typed, wanted in CASES:
            terminal.type(f"{typed}\t\x01{echo} '<\x05>'\r")
            shown = terminal.wait_for(rb"\n<([^\n>]*)>\r?\n").group(1).decode()
            self.assertEqual(shown, wanted.rstrip(taken_back) if taken_back else wanted, typed)

    def test_bash(self):
        path = self.need("bash")
        terminal = Terminal(self, "bash", "--norc", "-i")
        terminal.type(f"bind 'set bell-style none'; source {path}; echo re''ady\r")
        terminal.wait_for(rb"ready\r\n")
        self.check_typed(terminal, "echo")
        terminal.type("\x03exit\r")

    def test_zsh(self):
        path = self.need("zsh")
        terminal = Terminal(self, "zsh", "-f", "-i")
        terminal.type("unsetopt beep auto_remove_slash; autoload -U compinit; compinit -u -D; bindkey -e; "
                      f"source {path}; print re''ady\r")
        terminal.wait_for(rb"ready\r\n")
        self.check_typed(terminal, "print -r --", " =")
        terminal.type("\x03exit\r")

    def test_fish(self):
        path = self.need("fish")
        for typed, wanted in CASES:
            text = subprocess.run(
                ["fish", "--no-config", "-c", f"source {path}; complete -C '{typed}'"], cwd=self.folder,
                env=self.environment(HOME=str(self.folder)), capture_output=True, encoding="utf-8", check=True).stdout
            offered = [line.split("\t")[0] for line in text.splitlines()]
            word = wanted.rstrip(" ").split(" ")[-1]
            if typed == wanted:
                self.assertEqual(offered, [], typed)
            else: # fish puts the "=" behind an option itself, or leaves it out
                self.assertIn(word.rstrip("="), [one.rstrip("=") for one in offered], typed)
                self.assertTrue(all(one.startswith(typed.split(" ")[-1]) for one in offered), (typed, offered))

    def test_is_sound(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell=shell):
                path = self.need(shell)
                result = subprocess.run([shell, "-n", path], capture_output=True, encoding="utf-8", check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        result = subprocess.run(["shellcheck", "-x", self.need("bash")], capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(result.stdout + result.stderr, "")


if __name__ == "__main__":
    sys.exit(unittest.main())
