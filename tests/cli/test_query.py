"""lorry query, on SQLite."""

import csv
import fcntl
import io
import os
import pty
import socket
import struct
import subprocess
import termios
import unittest

from documented import assert_documented
from harness import LORRY, Case, read_to_the_end


class Query(Case):
    def setUp(self):
        super().setUp()
        self.check("query", "--sink", self.sink, "CREATE TABLE t (number, text)")
        for row in ["1, 'one'", "-20.5, '東京, \"x\"'", "NULL, 'a' || char(10) || 'b'"]:
            self.check("query", "--sink", self.sink, "INSERT INTO t VALUES (%s)" % row)

    def run_query(self, statement, *options, **more):
        return self.check("query", "--sink", self.sink, *options, statement, **more)

    def test_table(self):
        for env in [{}, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}]:
            lines = self.run_query("SELECT * FROM t", env=env).stdout.splitlines()
            self.assertEqual(lines, ["number text", "     1 one", ' -20.5 東京, "x"',
                                     "  NULL a\\x0ab"])

    def test_wide_values_stay_whole_in_a_pipe(self):
        text = self.run_query("SELECT printf('%.500c', 'x') AS a, 1 AS b").stdout
        self.assertIn("x" * 500 + " 1\n", text)

    def test_no_terminal_tricks(self):
        text = self.run_query("SELECT char(27) || '[2J' AS a").stdout
        self.assertNotIn("\x1b", text)

    def screen(self, width, statement):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen([LORRY, "query", "--sink", self.sink, statement], stdin=slave,
                                   stdout=slave, stderr=slave, env=self.environment(TERM="dumb"))
        os.close(slave)
        process.wait(timeout=20)
        lines = read_to_the_end(master).decode().splitlines()
        os.close(master)
        self.assertTrue(all(len(line) <= width for line in lines), lines)
        return lines

    def test_fits_the_terminal(self):
        lines = self.screen(70, "SELECT 1 AS id, printf('%.30c', 'k') AS pk, printf('%.300c', 'é') AS data")
        self.assertIn(" 1 " + "k" * 30 + " ééé", lines[1])
        self.assertEqual("".join(lines).count("é"), 300)

    def test_fills_the_terminal(self):
        """A version stays whole beside three long columns: what is there is used to the last one."""
        lines = self.screen(80, "SELECT printf('%.50c', 'k') AS pk, printf('%.40c', 'd') AS data, NULL AS aux, "
                                "1795863785017852 AS version, printf('%.56c', 's') AS sequence, 0 AS deleted")
        self.assertIn(" 1795863785017852 ", lines[1])
        self.assertEqual(len(lines[1]), 80)

    def test_odd_text(self):
        lines = self.run_query("SELECT 'a' || char(0) || '\\x41' || char(7) AS \"n\x1b\"").stdout
        self.assertEqual(lines, "n\\x1b\na\\x00\\x41\\x07\n")

    def test_json(self):
        result = self.check_json("query", "--sink", self.sink, "SELECT *, 1 AS text FROM t")
        assert_documented(self, "lorry query", result)
        self.assertEqual(result, {"columns": ["number", "text", "text"], "affected": None, "rows": [
            [1, "one", 1], [-20.5, '東京, "x"', 1], [None, "a\nb", 1]]})
        result = self.check_json("query", "--sink", self.sink, "UPDATE t SET number = 5")
        assert_documented(self, "lorry query", result)
        self.assertEqual((result["rows"], result["affected"]), ([], 3))

    def test_csv(self):
        text = self.run_query("SELECT * FROM t", "--csv").stdout
        self.assertEqual(list(csv.reader(io.StringIO(text, newline=""))), [
            ["number", "text"], ["1", "one"], ["-20.5", '東京, "x"'], ["", "a\nb"]])

    def test_statements_without_rows(self):
        result = self.run_query("DELETE FROM t WHERE number = 1")
        self.assertEqual((result.stdout, result.stderr), ("", "lorry query: 1 row changed\n"))
        result = self.run_query("DELETE FROM t", "--quiet")
        self.assertEqual((result.stdout, result.stderr), ("", ""))
        self.assertEqual(self.run_query("SELECT * FROM t").stderr, "lorry query: no rows\n")

    def test_from_standard_input(self):
        result = self.run_query("-", stdin="SELECT count(*) AS n\nFROM t\n")
        self.assertEqual(result.stdout, "n\n3\n")

    def test_errors(self):
        result = self.run_query("SELEKT", status=1)
        self.assertEqual(result.stdout, "")
        self.assertIn("SELEKT", result.stderr)
        self.run_query("SELECT 1; SELECT 2", status=2)
        self.assertIn("the statement is empty\n", self.run_query(" ;", status=2).stderr)
        self.assertIn("NUL byte", self.check("query", "--sink", self.sink, "-", stdin="SELECT 1\0", status=2).stderr)

    def test_sink_that_is_none(self):
        result = self.check("query", "--sink", "u:s3cr3t@foo", "SELECT 1", status=2)
        self.assertIn("the URL of the sink (like crate://user@host:4200/ or sqlite:///file.db): not a URL", result.stderr)
        self.assertNotIn("s3cr3t", result.stderr)

    def silent(self):
        """The URL of a sink that takes connections and never says a word."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return f"crate://127.0.0.1:{server.getsockname()[1]}/"

    def test_silence_has_an_end(self):
        url = self.silent()
        result = self.check("query", "--sink", url, "--timeout=300ms", "SELECT 1", status=1)
        self.assertIn(f'time ran out while waiting for "{url[8:-1]}"', result.stderr)
        self.assertIn(f"the sink is {url}: are host, port and ?ssl right", result.stderr)
        self.assertIn("--timeout gives it longer", result.stderr)
        self.assertNotIn("waiting for crate", result.stderr)

    def test_what_is_waited_for(self):
        """Said on a terminal, after a moment."""
        url = self.silent()
        shown = self.on_terminal("query", "--sink", url, "--timeout=2500ms", "SELECT 1")
        self.assertIn(f"\rwaiting for {url}: 2 s\x1b[K\r\x1b[K", shown)
        shown = self.on_terminal("query", "--quiet", "--sink", url, "--timeout=2500ms", "SELECT 1")
        self.assertNotIn("waiting for crate", shown)
        shown = self.on_terminal("query", "--sink", url, "--timeout=1s", "SELECT 1")
        self.assertNotIn("waiting for crate", shown)

    def test_sink_that_is_not_there(self):
        result = self.check("query", "--sink", "crate://127.0.0.1:1/", "SELECT 1", status=1)
        self.assertIn("the sink is crate://127.0.0.1:1/", result.stderr)
        self.assertNotIn("--timeout", result.stderr)
        result = self.check("table", "show", "--sink", "crate://127.0.0.1:1/", "--table", "t", status=1)
        self.assertIn("`lorry doctor` looks closer", result.stderr)

    def test_sink_that_nothing_gets_through_to(self):
        """As behind a firewall: nobody picks up. What was never sent does not go on anywhere."""
        server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(server.close)
        for _ in range(3):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        url = f"crate://127.0.0.1:{server.getsockname()[1]}/"
        result = self.check("query", "--sink", url, "--timeout=500ms", "SELECT 1", status=1)
        self.assertIn("cannot connect to", result.stderr)
        self.assertNotIn("sys.jobs", result.stderr)

    def test_standard_output_that_is_full(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([LORRY, "query", "--sink", self.sink, "SELECT 1 AS a"],
                                    stdout=full, stderr=subprocess.PIPE, encoding="utf-8",
                                    env=self.environment(), check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write to standard output: No space left", result.stderr)

    def test_verbose_shows_statements(self):
        self.assertIn("SELECT 4711", self.run_query("SELECT 4711 AS a", "--verbose").stderr)
        self.assertEqual(self.run_query("SELECT 4711 AS a").stderr, "")


if __name__ == "__main__":
    unittest.main()
