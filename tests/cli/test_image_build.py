"""The OCI image: what tools of others make of it, that it is the same everywhere, what is refused."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tarfile
import unittest

from harness import Case

BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]


class Image(Case):
    def setUp(self):
        super().setUp()
        self.bundle = next(filter(os.path.exists, BUNDLES), None)
        if not self.bundle:
            self.skipTest("no CA bundle on this system")

    def compile(self, *options, name="own", status=0):
        source = self.write(name + ".c", "int main(void) { return %d; }\n" % status)
        target = str(self.folder / name)
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        subprocess.run([compiler, "-o", target, source, *options], check=True)
        return target

    def build(self, *options, output="image.tar", **env):
        return self.check_json("image", "build", "--ca-bundle", self.bundle, "-o", output,
                               *options, env=env)

    def tool(self, *words):
        if not shutil.which(words[0]):
            self.skipTest("no %s here" % words[0])
        return subprocess.run(words, cwd=self.folder, check=True, capture_output=True,
                              encoding="utf-8").stdout

    def blob(self, folder, digest):
        path = self.folder / folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
        content = path.read_bytes()
        self.assertEqual("sha256:" + hashlib.sha256(content).hexdigest(), digest)
        return content

    def test_layout(self):
        own = self.compile("-static")
        made = self.build("--entrypoint", own, "--label", "version=1.2", "--label", "a.b=c=d",
                          output="layout")
        index = json.loads((self.folder / "layout" / "index.json").read_text())
        self.assertEqual([m["digest"] for m in index["manifests"]], [made["digest"]])
        manifest = json.loads(self.blob("layout", made["digest"]))
        self.assertEqual(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json")
        self.assertEqual({layer["mediaType"] for layer in manifest["layers"]},
                         {"application/vnd.oci.image.layer.v1.tar+gzip"})
        config = json.loads(self.blob("layout", manifest["config"]["digest"]))
        self.assertEqual(config["config"]["Entrypoint"], ["/usr/bin/own"])
        self.assertIn(config["architecture"], ["amd64", "arm64"])
        labels = {"org.opencontainers.image.version": "1.2", "a.b": "c=d",
                  "org.opencontainers.image.created": "1970-01-01T00:00:00Z"}
        self.assertEqual(config["config"]["Labels"], labels)
        self.assertEqual(manifest["annotations"], labels)

    def test_layers(self):
        """What Lambda asks for: parents before their files, readable, nobody's (FACTS 3)."""
        self.build("--entrypoint", self.compile("-static"), output="layout")
        index = json.loads((self.folder / "layout" / "index.json").read_text())
        manifest = json.loads(self.blob("layout", index["manifests"][0]["digest"]))
        seen = {}
        for layer in manifest["layers"]:
            path = "layout/blobs/sha256/" + layer["digest"].removeprefix("sha256:")
            with tarfile.open(self.folder / path, "r:gz") as archive:
                for entry in archive.getmembers():
                    parent = os.path.dirname(entry.name)
                    self.assertTrue(not parent or seen[parent] == 0o755, entry.name)
                    self.assertEqual((entry.uid, entry.gid, entry.mtime), (0, 0, 0))
                    self.assertTrue(entry.isdir() or entry.isreg())
                    seen[entry.name] = entry.mode
        self.assertEqual(seen, {
            "etc": 0o755, "etc/ssl": 0o755, "etc/ssl/certs": 0o755, "tmp": 0o1777,
            "etc/ssl/certs/ca-certificates.crt": 0o644,
            "usr": 0o755, "usr/bin": 0o755, "usr/bin/own": 0o755})

    def test_same_digest(self):
        own = self.compile("-static")
        first = self.build("--entrypoint", own)
        elsewhere = self.folder / "else"
        elsewhere.mkdir()
        copy = str(elsewhere / "own")
        shutil.copy(own, copy)
        os.chmod(copy, 0o600)
        os.utime(copy, (1, 1))
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        again = self.build("--entrypoint", copy, output="again.tar", TZ="Asia/Tokyo")
        self.assertEqual(again["digest"], first["digest"])
        self.assertEqual((self.folder / "again.tar").read_bytes(),
                         (self.folder / "image.tar").read_bytes())
        self.assertEqual(stat.S_IMODE((self.folder / "again.tar").stat().st_mode), 0o644)
        dated = self.build("--entrypoint", own, SOURCE_DATE_EPOCH="1700000000")
        self.assertNotEqual(dated["digest"], first["digest"])
        other = self.build("--entrypoint", self.compile("-static", status=3), output="other.tar")
        self.assertEqual(other["layers"][0], first["layers"][0])
        self.assertNotEqual(other["layers"][1], first["layers"][1])

    def test_skopeo(self):
        made = self.build("--entrypoint", self.compile("-static"))
        seen = json.loads(self.tool("skopeo", "inspect", "oci-archive:image.tar"))
        self.assertEqual(seen["Digest"], made["digest"])
        self.assertEqual(seen["Layers"], [layer["digest"] for layer in made["layers"]])
        self.tool("skopeo", "--insecure-policy", "copy", "oci-archive:image.tar", "oci:copy:x")
        index = json.loads((self.folder / "copy" / "index.json").read_text())
        self.assertEqual(index["manifests"][0]["digest"], made["digest"])

    def test_runs_alone(self):
        if os.geteuid() != 0:
            self.skipTest("chroot needs root")
        self.build("--entrypoint", self.compile("-static", status=7), output="layout")
        self.tool("umoci", "unpack", "--image", "layout:latest", "bundle")
        result = subprocess.run(["chroot", str(self.folder / "bundle" / "rootfs"), "/usr/bin/own"],
                                timeout=60)
        self.assertEqual(result.returncode, 7)

    def test_built_in_processor(self):
        """The one beside lorry; the build for sanitizers links it dynamically."""
        made = self.check_json("image", "build", "-o", "image.tar")
        if len(made["layers"]) == 2:
            self.assertLess((self.folder / "image.tar").stat().st_size, 4000000)
        seen = self.check_json("image", "inspect", "image.tar")
        self.assertEqual(seen["entrypoint"], ["/usr/bin/lorry-processor"])
        version = self.check("--version").stdout.split()[1]
        self.assertEqual(seen["labels"]["org.opencontainers.image.version"], version)

    def test_own_labels_go_first(self):
        self.build("--label", "version=own", "--label", "created=then")
        labels = self.check_json("image", "inspect", "image.tar")["labels"]
        self.assertEqual(labels, {"org.opencontainers.image.version": "own",
                                  "org.opencontainers.image.created": "then"})

    def refuse(self, *words, message, status=1):
        result = self.check("image", "build", "-o", "there", *words, status=status)
        self.assertIn(message, result.stderr)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith("there")], [])

    def test_refused(self):
        own = self.compile("-static")
        self.refuse("--entrypoint", own, "--label", "x", message="not NAME=VALUE", status=2)
        self.refuse("--entrypoint", own, "--label", "a=x", "--label", "a=y", message="is there twice")
        self.refuse("--entrypoint", own, "--ca-bundle", own + ".c", message="no PEM certificate")

    def test_a_folder_in_use_stays(self):
        folder = self.folder / "used"
        folder.mkdir()
        (folder / "file").write_text("mine")
        self.check("image", "build", "--entrypoint", self.compile("-static"), "-o", "used",
                   status=1)
        self.assertEqual([p.name for p in folder.iterdir()], ["file"])
        self.assertEqual([p.name for p in self.folder.iterdir() if "lorry" in p.name], [])

    def test_built_again(self):
        """A layout gets the new image instead of the old one."""
        self.build("--entrypoint", self.compile("-static"), output="layout")
        again = self.build("--entrypoint", self.compile("-static", status=3), output="layout")
        self.assertEqual(self.check_json("image", "inspect", "layout")["digest"], again["digest"])
        self.assertEqual(len(list((self.folder / "layout" / "blobs" / "sha256").iterdir())), 4)
        seen = json.loads(self.tool("skopeo", "inspect", "oci:layout:latest"))
        self.assertEqual(seen["Digest"], again["digest"])


if __name__ == "__main__":
    unittest.main()
