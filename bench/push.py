"""Measures `lorry image build` and `lorry image push` beside `skopeo copy` of the same image, against
Debian's docker-registry on this machine.

    push.py --build DIR [--json] [--smoke]

Three pushes: into an empty registry; the same again; with another processor, when the rest is there
already. Both tools get the same image and a registry of their own that is in the same state; in
turns, in this run, and the best of several counts. The bytes are those that a proxy between them and the
registry counted, in a further push that is not timed. Without skopeo or docker-registry there is
nothing to compare, and the exit status is 77; otherwise it is 0 if everything worked, whatever the
figures are.
"""

import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
MB = 1e6
CASES = ("first push", "unchanged", "only the processor changed")


def run(words, **more):
    result = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                            capture_output=True, encoding="utf-8", **more)
    if result.returncode:
        raise SystemExit(f"bench: {words[0]} {words[1]}: {result.stderr.strip()}")
    return result.stdout


def timed(words):
    begin = time.perf_counter()
    run(words)
    return (time.perf_counter() - begin) * 1e3


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Registry:
    """Empty, for the time of a `with`."""

    def __init__(self, folder):
        port = free_port()
        self.address, self.host = ("127.0.0.1", port), f"127.0.0.1:{port}"
        self.data = pathlib.Path(tempfile.mkdtemp(dir=folder))
        config = self.data / "config.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {self.data}/data}}}}\n"
                          f"http: {{addr: '{self.host}', secret: x}}\n")
        self.command = [shutil.which("docker-registry"), "serve", str(config)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(self.address, 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise SystemExit("bench: docker-registry does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.data)


class Counter:
    """Passes connections on to a registry and counts the bytes that go there."""

    def __init__(self, upstream):
        self.upstream, self.count, self.lock = upstream, 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.upstream)
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, source, target, counted):
        try:
            while data := source.recv(1 << 16):
                if counted:
                    with self.lock:
                        self.count += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def take(self):
        with self.lock:
            count, self.count = self.count, 0
        return count


class Bench:
    def __init__(self, build, folder, rounds):
        self.lorry, self.processor = build / "src" / "lorry", build / "src" / "lorry-processor"
        self.folder, self.rounds = folder, rounds
        # The same program but for its last byte, which belongs to no code.
        self.other = folder / "changed" / "lorry-processor"
        self.other.parent.mkdir()
        self.other.write_bytes(self.processor.read_bytes() + b"\0")
        self.images = {}
        for name, executable in (("old", self.processor), ("new", self.other)):
            self.images[name] = folder / name
            self.build(executable, self.images[name])

    def build(self, executable, image):
        words = [self.lorry, "image", "build", "--entrypoint", executable, "-o", image]
        return timed(words)

    def commands(self, host, image):
        return {
            "lorry": [self.lorry, "image", "push", "--quiet", "--image", image, f"{host}/lorry/x:t"],
            "skopeo": ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                       f"oci:{image}:latest", f"docker://{host}/skopeo/x:t"],
        }

    def course(self, side, registry, measure):
        """The three pushes into one registry. `measure(words)` of each."""
        for case, image in zip(CASES, ("old", "old", "new")):
            yield case, measure(self.commands(registry, self.images[image])[side])

    def times(self):
        best = {side: {} for side in ("lorry", "skopeo")}
        for _ in range(self.rounds):
            for side, cases in best.items():
                with Registry(self.folder) as registry:
                    for case, ms in self.course(side, registry.host, timed):
                        cases[case] = min(ms, cases.get(case, ms))
        return best

    def bytes(self):
        sent = {}
        for side in ("lorry", "skopeo"):
            with Registry(self.folder) as registry:
                counter = Counter(registry.address)

                def count(words):
                    run(words)
                    return counter.take()
                sent[side] = dict(self.course(side, counter.host, count))
                counter.listener.close()
        return sent

    def measure(self):
        builds = [self.build(self.processor, self.folder / "again")
                  for _ in range(self.rounds)]
        blobs = (self.images["old"] / "blobs" / "sha256").iterdir()
        return {"image_bytes": sum(one.stat().st_size for one in blobs), "build_ms": min(builds),
                "push_ms": self.times(), "sent_bytes": self.bytes()}


def print_table(result, smoke):
    rows = [("", "lorry", "skopeo copy", "ratio")]
    rows.append(("image build", f"{result['build_ms']:.0f} ms", "", ""))
    for kind, unit, form in (("push_ms", "ms", "{:.0f}"), ("sent_bytes", "bytes", "{:,.0f}")):
        for case in CASES:
            ours, peer = (result[kind][side][case] for side in ("lorry", "skopeo"))
            what = f"{case}: {'time' if unit == 'ms' else 'sent'}"
            rows.append((what, f"{form.format(ours)} {unit}", f"{form.format(peer)} {unit}",
                         f"{peer / ours:.1f}"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]),
                         *(row[i].rjust(widths[i]) for i in (1, 2, 3))]).rstrip())
    print(f"\nan image of {result['image_bytes'] / MB:.2f} MB; "
          f"{result['versions']['skopeo']}, {result['versions']['docker-registry']}")
    print(f"{os.cpu_count()} cores, load {result['load']:.1f} before")
    if result["load"] > os.cpu_count() / 2:
        print("The machine was busy with other things: the ratios are worth little, measure again.")
    if smoke:
        print("smoke: once is not enough for the figures to mean anything")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    for tool in ("skopeo", "docker-registry"):
        if not shutil.which(tool):
            print(f"bench: skipped: no {tool} here", file=sys.stderr)
            return SKIPPED
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="lorry-bench-") as folder:
        bench = Bench(options.build.resolve(), pathlib.Path(folder), 1 if options.smoke else 5)
        result = bench.measure()
    result["versions"] = {
        "skopeo": run(["skopeo", "--version"]).strip(),
        "docker-registry": run(["docker-registry", "--version"]).split("\n")[0].strip()}
    result["load"] = load
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        print_table(result, options.smoke)
    return 0


if __name__ == "__main__":
    sys.exit(main())
