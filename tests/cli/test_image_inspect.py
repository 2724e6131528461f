"""What `lorry image inspect` shows and finds, of images of its own, of others' tools, and of crooked ones."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import unittest

from documented import assert_documented, members
from harness import ROOT, Case

OCI = "application/vnd.oci.image."
MANIFEST = OCI + "manifest.v1+json"
GZIP = OCI + "layer.v1.tar+gzip"
DOCKER = "application/vnd.docker."


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def entry(name, kind=tarfile.DIRTYPE, mode=0o755, link="", content=b""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(content)
    return info, content


def program(name="usr/bin/x", **more):
    return entry(name, tarfile.REGTYPE, content=b"program", **more)


FOLDERS = [entry("usr"), entry("usr/bin")]


def layer(*entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Inspect(Case):
    def blob(self, folder, content, media_type, **more):
        digest = sha256(content)
        path = self.folder / folder / "blobs" / "sha256"
        path.mkdir(parents=True, exist_ok=True)
        (path / digest.removeprefix("sha256:")).write_bytes(content)
        return dict({"mediaType": media_type, "digest": digest, "size": len(content)}, **more)

    def make(self, *layers, types=None, packed=None, family=OCI, diff_ids=None, platform=None,
             **execution):
        """A layout by hand; `packed` instead of the compressed layers."""
        packed = packed or [gzip.compress(plain) for plain in layers]
        types = types or [GZIP] * len(packed)
        config = dict(platform or {"os": "linux", "architecture": "arm64"})
        config["config"] = {"Entrypoint": ["/usr/bin/x"], **execution}
        config["rootfs"] = {"diff_ids": diff_ids or [sha256(plain) for plain in layers]}
        kinds = {OCI: (MANIFEST, OCI + "config.v1+json"),
                 DOCKER: (DOCKER + "distribution.manifest.v2+json", DOCKER + "container.image.v1+json")}
        manifest = {
            "schemaVersion": 2, "mediaType": kinds[family][0],
            "config": self.blob("image", json.dumps(config).encode(), kinds[family][1]),
            "layers": [self.blob("image", *pair) for pair in zip(packed, types)]}
        descriptor = self.blob("image", json.dumps(manifest).encode(), kinds[family][0])
        (self.folder / "image" / "index.json").write_text(
            json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
        (self.folder / "image" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def inspect(self, path="image", status=0):
        value = json.loads(self.check("image", "inspect", path, "--json", status=status).stdout)
        assert_documented(self, "lorry image inspect", value)
        return value

    def finds(self, rule, text, refused=True):
        found = self.inspect(status=1 if refused else 0)["findings"]
        self.assertEqual([(f["rule"], f["refused"]) for f in found], [(rule, refused)], found)
        self.assertIn(text, found[0]["message"])
        shown = self.check("image", "inspect", "image", status=1 if refused else 0).stdout
        self.assertIn("\n%-9s" % ("refused" if refused else "doubt"), shown)
        self.assertIn(text, shown.replace("\n         ", " "))
        self.assertNotIn(" \n", shown)
        self.assertLessEqual(max(map(len, shown.splitlines())), 80)

    def test_own_image(self):
        self.executable("-static")
        made = self.check_json("image", "build", "--entrypoint", "own", "-o", "image.tar", "--label", "version=3")
        value = self.inspect("image.tar")
        self.assertEqual(value["digest"], made["digest"])
        self.assertEqual([{k: part[k] for k in ("digest", "size")} for part in value["layers"]], made["layers"])
        self.assertEqual(value["entrypoint"], ["/usr/bin/own"])
        self.assertIn(value["architecture"], ["x86_64", "arm64"])
        self.assertEqual(value["labels"], {"org.opencontainers.image.created": "1970-01-01T00:00:00Z",
                                           "org.opencontainers.image.version": "3"})
        self.assertEqual((value["working_dir"], value["findings"]), ("/", []))
        self.assertEqual(value["size"], sum(part["size"] for part in value["layers"]))
        self.assertGreater(value["unpacked_size"], value["size"])
        self.assertEqual(set(value["layers"][0]), {"digest", "size", "media_type"})

    def test_screen(self):
        self.make(layer(*FOLDERS, program(mode=0o750)), Cmd=["a b", ""], Env=["A=\033[2J", "B=2"],
                  Labels={"long": "x" * 20})
        text = self.check("image", "inspect", "image", status=1).stdout
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        self.assertNotIn("\033", text)
        for line in ["image    image", "platform linux, arm64", "created  not said", "runs     /usr/bin/x",
                     'with     "a b" ""', "env      A=\\x1b[2J", "         B=2", "labels   long=" + "x" * 20,
                     "Lambda   does not take it"]:
            self.assertIn(line, text.splitlines())

    def test_tools_of_others(self):
        if not shutil.which("skopeo") or not shutil.which("umoci"):
            self.skipTest("no skopeo, no umoci here")
        run = lambda *words: subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        self.make(layer(*FOLDERS, program()))
        digest = self.inspect()["digest"]
        run("skopeo", "--insecure-policy", "copy", "oci:image", "oci:copy:name")
        self.assertEqual(self.inspect("copy")["digest"], digest)
        run("skopeo", "--insecure-policy", "copy", "oci:image", "oci-archive:archive:name")
        self.assertEqual(self.inspect("archive")["digest"], digest)
        run("skopeo", "--insecure-policy", "copy", "--format", "v2s2", "oci:image", "dir:docker")
        run("umoci", "config", "--image", "copy:name", "--tag", "other", "--config.cmd", "y")
        result = self.check("image", "inspect", "copy", status=1)
        self.assertIn("copy: there are 2 images in it (name, other)", result.stderr)
        run("umoci", "rm", "--image", "copy:name")
        self.assertEqual(self.inspect("copy")["cmd"], ["y"])

    def test_an_archive_of_another_hand(self):
        self.make(layer(*FOLDERS, program()))
        with tarfile.open(self.folder / "image.tar", "w") as archive:
            archive.add(self.folder / "image", arcname=".")
        self.assertEqual(self.inspect("image.tar")["digest"], self.inspect()["digest"])

    def test_index_is_refused(self):
        self.make(layer(*FOLDERS, program()))
        index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": []}
        descriptor = self.blob("image", json.dumps(index).encode(), index["mediaType"])
        (self.folder / "image" / "index.json").write_text(json.dumps({"manifests": [descriptor]}))
        result = self.check("image", "inspect", "image", status=1)
        self.assertIn("Lambda takes a single manifest", result.stderr)

    def test_platform(self):
        self.make(layer(*FOLDERS, program()), platform={"os": "linux", "architecture": "386"})
        self.finds("platform", "it is for linux/386")
        self.make(layer(*FOLDERS, program()), platform={"os": "windows", "architecture": "amd64"})
        self.finds("platform", "windows/amd64")

    def test_entrypoint(self):
        content = layer(*FOLDERS, program(), entry("usr/bin/link", tarfile.SYMTYPE, link="x"),
                        program("usr/bin/closed", mode=0o700), entry("bin", tarfile.SYMTYPE, link="usr/bin"))
        for words, text in [(["x"], "is no absolute path"), (["/usr/bin/link"], "is a symbolic link"),
                            (["/usr/bin/none"], "is in no layer"), (["/usr/bin"], "is no file"),
                            (None, "nothing to be run")]:
            self.make(content, Entrypoint=words)
            found = [f for f in self.inspect(status=1)["findings"] if f["refused"]]
            self.assertEqual([f["rule"] for f in found], ["entrypoint"])
            self.assertIn(text, found[0]["message"])
        self.make(content, Entrypoint=["/usr/bin/closed"])
        self.assertIn("run by everybody", self.inspect(status=1)["findings"][-1]["message"])
        self.make(content, Entrypoint=["/bin/x"])
        self.assertEqual([f["rule"] for f in self.inspect()["findings"]], ["modes"])
        self.make(layer(*FOLDERS, program()), Entrypoint=None, Cmd=["/usr/bin/x"])
        self.finds("entrypoint", "no entrypoint", refused=False)

    def executable(self, *options):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        source = self.write("own.c", "int main(void) { return 0; }\n")
        subprocess.run([compiler, "-o", str(self.folder / "own"), source, *options], check=True)
        return (self.folder / "own").read_bytes()

    def test_the_entrypoint_is_looked_into(self):
        here = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
        other = {"amd64": "arm64", "arm64": "amd64"}[here]
        static = entry("usr/bin/x", tarfile.REGTYPE, content=self.executable("-static"))
        dynamic = entry("usr/bin/x", tarfile.REGTYPE, content=self.executable("-Wl,--dynamic-linker=/lib/ld.so"))
        loader = [entry("lib"), entry("lib/ld.so", tarfile.SYMTYPE, link="ld-2.so")]
        self.make(layer(*FOLDERS, static), platform={"os": "linux", "architecture": here})
        self.assertEqual(self.inspect()["findings"], [])
        self.make(layer(*FOLDERS, static), platform={"os": "linux", "architecture": other})
        self.finds("platform", 'the entrypoint "/usr/bin/x" is for')
        self.make(layer(*FOLDERS, dynamic), platform={"os": "linux", "architecture": here})
        self.finds("entrypoint", "needs the loader /lib/ld.so, which is in no layer")
        self.make(layer(*FOLDERS, dynamic, *loader), platform={"os": "linux", "architecture": here})
        self.assertEqual(self.inspect()["findings"], [])

    def test_compression(self):
        plain = layer(*FOLDERS, program())
        self.make(plain, packed=[plain], types=[OCI + "layer.v1.tar"])
        self.finds("compression", "layer 1 is not compressed", refused=False)
        self.make(plain, packed=[plain], types=[DOCKER + "image.rootfs.diff.tar"], family=DOCKER)
        self.finds("compression", "layer 1 is not compressed")
        self.make(plain, packed=[b"x"], types=[OCI + "layer.v1.tar+zstd"])
        self.finds("compression", "not compressed with gzip")
        self.make(plain, types=[DOCKER + "image.rootfs.diff.tar.gzip"], family=DOCKER)
        self.assertEqual(self.inspect()["findings"], [])

    def test_several_members_of_gzip(self):
        plain = layer(*FOLDERS, program())
        self.make(plain, packed=[gzip.compress(plain[:700]) + gzip.compress(plain[700:])])
        self.assertEqual(self.inspect()["unpacked_size"], len(plain))

    def test_damaged_layers(self):
        plain = layer(*FOLDERS, program())
        whole = gzip.compress(plain)
        for packed, text in [(plain, "not gzip, or damaged"), (whole[:-9], "cut off"), (b"", "cut off"),
                             (whole + b"x", "cut off"),
                             (whole + b"xyz", "not gzip, or damaged"), (whole[:30] + b"????" + whole[34:], "damaged")]:
            self.make(plain, packed=[packed])
            self.finds("layers", text)
        self.make(b"x" * 600)
        self.finds("layers", "not a tar archive")
        self.make(plain, diff_ids=["sha256:" + "0" * 64])
        self.finds("layers", "not the one that the config names")
        self.make()
        self.assertEqual([f["rule"] for f in self.inspect(status=1)["findings"]], ["layers", "entrypoint"])

    def test_folders_and_modes(self):
        self.make(layer(entry("usr"), program()))
        self.finds("folders", "1 file in folders that no layer has: usr/bin/x")
        self.make(layer(*FOLDERS), layer(program()))
        self.finds("folders", "only lower layers have", refused=False)
        self.make(layer(*FOLDERS), layer(*FOLDERS, program()))
        self.assertEqual(self.inspect()["findings"], [])
        secrets = [program("secret%d" % i, mode=0o600) for i in range(5)]
        self.make(layer(*FOLDERS, program(), *secrets))
        self.finds("modes", "5 files that not everybody may read, as Lambda's user has to: "
                            "secret0, secret1, secret2, ...", refused=False)

    def test_documented_rules(self):
        text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
        source = (ROOT / "src" / "oci" / "rules.c").read_text(encoding="utf-8")
        rules = set(re.findall(r'add_(?:finding|tally)\(findings, "([a-z]+)"', source))
        self.assertEqual(rules, set(re.findall(r"^- `([a-z]+)`", text, re.M)))
        self.assertIn("findings", members("lorry image inspect"))

    def test_no_image(self):
        self.assertIn("nothing: cannot open", self.check("image", "inspect", "nothing", status=1).stderr)
        self.write("text", "x")
        self.assertIn("text: no OCI layout", self.check("image", "inspect", "text", status=1).stderr)
        os.mkdir(self.folder / "empty")
        self.assertIn("empty: no OCI layout", self.check("image", "inspect", "empty", status=1).stderr)


if __name__ == "__main__":
    unittest.main()
