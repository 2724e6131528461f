"""`lorry image push` and `image inspect REF` against a real registry, and through a proxy that goes
wrong in every way at every stage: in the end there is the right image, or a clean error."""

import base64
import hashlib
import itertools
import json
import os
import pty
import shutil
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

import registry
from documented import assert_documented
from harness import LORRY, Case, read_to_the_end
from registry import BASIC, Proxy, Registry, Tokens, with_passwords

BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
NEVER = "sha256:" + "0" * 64


class Push(Case):
    def setUp(self):
        super().setUp()
        self.bundle = next(filter(os.path.exists, BUNDLES), None)
        if not self.bundle:
            self.skipTest("no CA bundle on this system")
        self.own = self.compile("own", 0)
        self.source = ["--ca-bundle", self.bundle, "--entrypoint", self.own]
        self.login(None)

    def environment(self, **more):
        clean = super().environment(DOCKER_CONFIG=str(self.folder / "docker"),
                                    NO_PROXY="127.0.0.1,localhost")
        clean.pop("LORRY_REGISTRY_URL", None)
        return dict(clean, **more)

    def login(self, host, entry=None, **more):
        """docker's credential file with a login for a host, or without any."""
        (self.folder / "docker").mkdir(exist_ok=True)
        auth = {"auth": base64.b64encode(b"owner:s3cret").decode()}
        auths = {host: entry or auth} if host else {}
        (self.folder / "docker" / "config.json").write_text(json.dumps(dict(more, auths=auths)))

    def compile(self, name, status, size=100000):
        """An executable of `size` bytes and more that do not compress."""
        noise = hashlib.shake_128(name.encode()).hexdigest(size // 2)
        source = self.write(name + ".c", 'const char noise[] = "%s";\nint main(void) '
                            '{ return noise[%d] == 1 ? 1 : %d; }\n' % (noise, status, status))
        target = str(self.folder / name)
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        subprocess.run([compiler, "-static", "-o", target, source], check=True)
        return target

    def build(self):
        """From now on the image is pushed that was made once, here."""
        path = str(self.folder / "made.tar")
        self.check("image", "build", *self.source, "-o", path)
        self.source = ["--image", path]

    def push(self, host, *options, name="team/x:t", **more):
        return self.check_json("image", "push", "%s/%s" % (host, name), *self.source, *options,
                               **more)

    def push_fails(self, host, *expected, **more):
        result = self.check("image", "push", "%s/team/x:t" % host, *self.source, status=1, **more)
        self.assertEqual(result.stdout, "")
        for text in expected:
            self.assertIn(text, result.stderr)
        self.assertNotIn("s3cret", result.stderr)
        self.assertNotIn(BASIC.split()[1], result.stderr)
        return result.stderr

    def assert_there(self, real, digest, name="team/x", tag="t", authorization=None):
        """Manifest and blobs in the registry are what their digests say."""
        headers, manifest = real.get("%s/manifests/%s" % (name, tag), authorization)
        self.assertEqual("sha256:" + hashlib.sha256(manifest).hexdigest(), digest)
        document = json.loads(manifest)
        for one in [document["config"], *document["layers"]]:
            _, blob = real.get("%s/blobs/%s" % (name, one["digest"]), authorization)
            self.assertEqual("sha256:" + hashlib.sha256(blob).hexdigest(), one["digest"])
            self.assertEqual(len(blob), one["size"])
        return document


class Plain(Push):
    """Nothing goes wrong."""

    def setUp(self):
        super().setUp()
        self.real = Registry(self)
        self.proxy = Proxy(self, self.real.host)

    def test_first_unchanged_changed(self):
        first = self.push(self.proxy.host)
        assert_documented(self, "lorry image push", first)
        document = self.assert_there(self.real, first["digest"])
        sizes = [one["size"] for one in [document["config"], *document["layers"]]]
        self.assertEqual((first["blobs_sent"], first["blobs_there"]), (3, 0))
        _, manifest = self.real.get("team/x/manifests/t")
        self.assertEqual(first["bytes_sent"], sum(sizes) + len(manifest))
        self.assertEqual(first["pinned"], "%s/team/x@%s" % (self.proxy.host, first["digest"]))
        self.assertEqual(sorted(one[3] for one in self.proxy.seen("PUT")),
                         sorted([*sizes, len(manifest)]))
        self.proxy.requests.clear()
        again = self.push(self.proxy.host)
        self.assertEqual(again["digest"], first["digest"])
        self.assertEqual([again[name] for name in ("bytes_sent", "blobs_sent", "blobs_there")],
                         [0, 0, 3])
        self.assertEqual([one[0] for one in self.proxy.requests], ["HEAD"])
        self.proxy.requests.clear()
        other = self.push(self.proxy.host, "--entrypoint", self.compile("other", 1))
        self.assert_there(self.real, other["digest"])
        self.assertEqual((other["blobs_sent"], other["blobs_there"]), (2, 1))
        self.assertEqual(len(self.proxy.seen("PUT", "/uploads/")), 2)
        self.assertEqual(len(self.proxy.seen("PUT", "/manifests/")), 1)

    def test_others_read_it(self):
        if not shutil.which("skopeo"):
            self.skipTest("no skopeo here")
        made = self.push(self.real.host)
        source = ["--src-tls-verify=false", "docker://%s/team/x:t" % self.real.host]
        seen = json.loads(subprocess.run(["skopeo", "inspect", "--tls-verify=false", source[1]],
                                         check=True, capture_output=True).stdout)
        self.assertEqual(seen["Digest"], made["digest"])
        subprocess.run(["skopeo", "--insecure-policy", "copy", *source, "oci:copy:x"],
                       cwd=self.folder, check=True, capture_output=True)
        index = json.loads((self.folder / "copy" / "index.json").read_text())
        self.assertEqual(index["manifests"][0]["digest"], made["digest"])

    def test_image_of_a_path(self):
        """What `image build` wrote, and what skopeo wrote of it (a manifest of Docker's)."""
        built = {}
        for output in ("image.tar", "layout"):
            built = self.check_json("image", "build", *self.source, "-o", output)
            pushed = self.check_json("image", "push", self.real.host + "/a/" + output[:5],
                                     "--image", output)
            self.assertEqual(pushed["digest"], built["digest"])
            self.assertEqual(pushed["reference"], self.real.host + "/a/" + output[:5] + ":latest")
            self.assert_there(self.real, built["digest"], "a/" + output[:5], "latest")
        result = self.check("image", "push", self.real.host + "/a/b", "--image", "layout",
                            "--entrypoint", self.own, status=2)
        self.assertIn("--image is an image already", result.stderr)

    def test_by_digest(self):
        made = self.check_json("image", "build", *self.source, "-o", "i.tar")
        self.push(self.real.host, name="x@" + made["digest"])
        self.assert_there(self.real, made["digest"], "x", made["digest"])
        result = self.check("image", "push", self.real.host + "/x@" + NEVER, "--image", "i.tar",
                            status=1)
        self.assertIn('"%s"' % made["digest"], result.stderr)
        self.assertIn('"%s"' % NEVER, result.stderr)

    def test_output(self):
        words = ["image", "push", self.real.host + "/x", *self.source]
        first, again = self.check(*words), self.check(*words)
        self.assertEqual((first.stderr, again.stderr), ("", ""))
        self.assertRegex(first.stdout, r"\Apushed  127.0.0.1:\d+/x:latest\nsent    \d+ bytes in "
                                       r"\d+.\d\d s, 3 blobs; 0 were there already\nimage   "
                                       r"127.0.0.1:\d+/x@sha256:[0-9a-f]{64}\n\Z")
        self.assertIn("\nsent    nothing: the registry has it already\n", again.stdout)
        quiet = self.check(*words, "--quiet")
        self.assertRegex(quiet.stdout, r"\A127.0.0.1:\d+/x@sha256:[0-9a-f]{64}\n\Z")

    def test_progress_on_a_terminal(self):
        main, terminal = pty.openpty()
        self.addCleanup(os.close, main)
        words = ["image", "push", self.proxy.host + "/x", *self.source]
        with open(terminal, "wb") as stderr:
            subprocess.run([LORRY, *words], stderr=stderr, stdout=subprocess.DEVNULL,
                           cwd=self.folder, env=self.environment(TERM="xterm"), check=True)
        shown = read_to_the_end(main).decode()
        self.assertRegex(shown, r"\A\rpushing: \d+\.\d of \d+\.\d MB, \d+\.\d MB/s\033\[K")
        self.assertTrue(shown.endswith("\r\033[K"), shown)

    def test_the_registry_is_elsewhere(self):
        made = self.push("registry.example", env={"LORRY_REGISTRY_URL": "http://" + self.real.host})
        self.assert_there(self.real, made["digest"])
        self.assertEqual(made["reference"], "registry.example/team/x:t")
        result = self.check("image", "push", "registry.example/x", *self.source, status=2,
                            env={"LORRY_REGISTRY_URL": "ftp://x"})
        self.assertIn('the URL of the registry "registry.example"', result.stderr)

    def test_wrong_use(self):
        self.assertIn("which image?", self.check("image", "push", status=2).stderr)
        self.assertIn("is no image reference", self.check("image", "push", "x", status=2).stderr)

    def test_inspect(self):
        made = self.push(self.real.host, "--label", "version=7")
        for name in (":t", "@" + made["digest"]):
            seen = self.check_json("image", "inspect", self.real.host + "/team/x" + name)
            assert_documented(self, "lorry image inspect", seen)
            self.assertEqual(seen["digest"], made["digest"])
            self.assertEqual(seen["labels"]["org.opencontainers.image.version"], "7")
            self.assertEqual(len(seen["layers"]), 2)
            self.assertIsNone(seen["unpacked_size"])
        result = self.check("image", "inspect", self.real.host + "/team/x:none", status=1)
        self.assertIn("MANIFEST_UNKNOWN (HTTP 404)", result.stderr)

    def test_inspect_an_index(self):
        made = self.push(self.real.host)
        _, manifest = self.real.get("team/x/manifests/t")
        index = json.dumps({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                           "digest": made["digest"], "size": len(manifest),
                           "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
        put = registry.urllib.request.Request(
            "http://%s/v2/team/x/manifests/many" % self.real.host, index, method="PUT",
            headers={"Content-Type": "application/vnd.oci.image.index.v1+json"})
        registry.urllib.request.urlopen(put, timeout=30).close()
        result = self.check("image", "inspect", self.real.host + "/team/x:many", status=1)
        self.assertIn("it is an index", result.stderr)
        self.assertIn("In it: linux/amd64 " + made["digest"], result.stderr)
        # The tag can be had back for the image.
        again = self.push(self.real.host, name="team/x:many")
        self.assertEqual(again["blobs_there"], 3)
        self.assert_there(self.real, made["digest"], tag="many")

    def test_inspect_lies(self):
        made = self.push(self.real.host)
        config = self.assert_there(self.real, made["digest"])["config"]["digest"]

        def other(status, headers, content):
            return status, headers, content.replace(b"created", b"Created")
        for part, what in (("manifests", made["digest"]), ("blobs", config)):
            self.proxy.faults = [("GET", part, lambda *_: other)]
            result = self.check("image", "inspect", self.proxy.host + "/team/x@" + made["digest"],
                                status=1)
            self.assertIn(what, result.stderr)
            self.assertIn("digest", result.stderr)


class Logins(Push):
    def test_password(self):
        real = with_passwords(self)
        self.assertIn("docker login " + real.host,
                      self.push_fails(real.host, "UNAUTHORIZED", "no login for"))
        self.login(real.host)
        made = self.push(real.host)
        self.assert_there(real, made["digest"], authorization=BASIC)
        seen = self.check_json("image", "inspect", real.host + "/team/x:t")
        self.assertEqual(seen["digest"], made["digest"])
        self.login(real.host, {"username": "owner", "password": "wrong"})
        self.push_fails(real.host, "UNAUTHORIZED", "is not valid (any more)",
                        str(self.folder / "docker" / "config.json"))

    def test_helper(self):
        real = with_passwords(self)
        tool = self.folder / "docker-credential-toy"
        tool.write_text('#!/bin/sh\nread -r server\necho "$1 $server" >> "$DOCKER_CONFIG/asked"\n'
                        'echo \'{"Username":"owner","Secret":"s3cret"}\'\n')
        tool.chmod(0o755)
        path = {"PATH": "%s:%s" % (self.folder, os.environ["PATH"])}
        self.login(None, credHelpers={real.host: "toy"})
        made = self.push(real.host, env=path)
        self.assert_there(real, made["digest"], authorization=BASIC)
        self.assertEqual((self.folder / "docker" / "asked").read_text(), "get %s\n" % real.host)

    def test_broken_file(self):
        real = with_passwords(self)
        (self.folder / "docker" / "config.json").write_text('{"auths": "s3cret')
        self.push_fails(real.host, "config.json: the credential file is not JSON")

    def test_token(self):
        tokens = Tokens(self)
        real = Registry(self, tokens.auth)
        self.push_fails(real.host, "UNAUTHORIZED", "no login for")
        self.login(real.host)
        tokens.requests.clear()
        made = self.push(real.host)
        self.assertEqual(len(tokens.requests), 1)
        query, authorization = tokens.requests[0]
        self.assertEqual(query["scope"], ["repository:team/x:pull,push"])
        self.assertEqual(query["account"], ["owner"])
        self.assertEqual(authorization, BASIC)
        # Without a login it can be read.
        self.login(None)
        tokens.requests.clear()
        seen = self.check_json("image", "inspect", real.host + "/team/x:t")
        self.assertEqual(seen["digest"], made["digest"])
        self.assertEqual([one[1] for one in tokens.requests], [None])
        self.assertEqual(tokens.requests[0][0]["scope"], ["repository:team/x:pull"])
        self.login(real.host, {"username": "owner", "password": "wrong"})
        self.push_fails(real.host, "UNAUTHORIZED (HTTP 401)")

    def test_token_that_does_not_suffice(self):
        """As good as one that expires in mid-push: the registry itself refuses it."""
        tokens = Tokens(self)
        real = Registry(self, tokens.auth)
        self.login(real.host)
        tokens.narrow = 1
        self.push(real.host)
        self.assertEqual(len(tokens.requests), 2)

    def test_token_expires(self):
        tokens = Tokens(self)
        real = Registry(self, tokens.auth)
        proxy = Proxy(self, real.host)
        self.login(proxy.host)

        def expired(one, request, body):
            request.headers.replace_header("Authorization", "Bearer e30.e30.e30")
            return True  # the registry refuses it, as it would one that has expired
        for method, part in (("POST", "uploads"), ("PUT", "uploads"), ("HEAD", "blobs/sha"),
                             ("PUT", "manifests")):
            name = "%s-%s" % (method.lower(), part[:4])
            proxy.faults = [(method, part, expired)]
            tokens.requests.clear()
            made = self.push(proxy.host, name=name)
            self.assertEqual(len(tokens.requests), 2, name)
            self.assertEqual(proxy.faults, [])
            reader = "Bearer " + tokens.make(name, ["pull"])
            self.assert_there(real, made["digest"], name, "latest", reader)


class Trouble(Push):
    STAGES = [("HEAD", "/manifests/"), ("HEAD", "/blobs/"), ("POST", "/uploads/"),
              ("PUT", "/uploads/"), ("PUT", "/manifests/")]

    def setUp(self):
        super().setUp()
        self.build()
        self.real = Registry(self)
        self.proxy = Proxy(self, self.real.host)
        self.numbers = itertools.count()

    def survive(self, *faults):
        """All faults are met, and in the end there is the right image."""
        return self.survive_each([faults])[0]

    def survive_each(self, courses):
        """The same for many pushes at a time, since they mostly wait."""
        proxies = [Proxy(self, self.real.host) for _ in courses]
        names = ["x%d" % next(self.numbers) for _ in courses]
        for proxy, faults in zip(proxies, courses):
            proxy.faults = list(faults)
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda proxy, name: self.push(proxy.host, name=name + ":t"),
                                 proxies, names))
        for proxy, name, one in zip(proxies, names, made):
            self.assertEqual(proxy.faults, [])
            self.assert_there(self.real, one["digest"], name)
        return made

    def test_cut_at_every_stage(self):
        for fault in (registry.cut_before, registry.cut_after, registry.cut_halfway,
                      registry.cut_answer):
            with self.subTest(fault=fault.__name__):
                self.survive_each([((*stage, fault),) for stage in self.STAGES])

    def test_everything_breaks_once(self):
        self.survive(*((*stage, registry.cut_before) for stage in self.STAGES))

    def test_refused_for_now(self):
        for status in (429, 500, 503):
            fault = registry.refuse(status, "TOOMANYREQUESTS", Retry_After="0")
            with self.subTest(status=status):
                self.survive_each([((*stage, fault),) for stage in self.STAGES])

    def test_retry_after(self):
        made = self.survive(("POST", "/uploads/", registry.refuse(429, Retry_After="2")))
        self.assertGreaterEqual(made["elapsed_ms"], 2000)

    def test_for_ever(self):
        self.proxy.faults = [("PUT", "/uploads/", registry.refuse(502))] * 99
        self.push_fails(self.proxy.host, "an error without a code (HTTP 502)", self.proxy.host)
        self.assertEqual(self.proxy.seen("PUT", "/manifests/"), [])
        self.assertIsNone(self.real.get("team/x/manifests/t"))

    def test_slow(self):
        self.survive(*((*stage, registry.slow(0.5)) for stage in self.STAGES))

    def test_refused_for_good(self):
        for stage in self.STAGES:
            for status, code in ((403, "DENIED"), (400, "UNSUPPORTED"), (405, "")):
                with self.subTest(stage=stage, status=status):
                    self.proxy.faults = [(*stage, registry.refuse(status, code))]
                    expected = code if stage[0] != "HEAD" else ""
                    self.push_fails(self.proxy.host, "(HTTP %d)" % status, expected)
                    self.assertIsNone(self.real.get("team/x/manifests/t"))

    def test_lying_digest(self):
        lie = registry.changed_header(registry.DIGEST_HEADER, NEVER)
        for stage in (("PUT", "/uploads/"), ("PUT", "/manifests/")):
            self.proxy.faults = [(*stage, lie)]
            message = self.push_fails(self.proxy.host, '"%s"' % NEVER)
            self.assertRegex(message, r'says that its digest is "sha256:0+", and it is "sha256:')

    def test_absurd_location(self):
        for location, message in (("", "leads nowhere"), ("http://", "no usable URL"),
                                  ("ftp://127.0.0.1/x", "no usable URL"),
                                  ("http://user:s3cret@127.0.0.1/x", "no usable URL"),
                                  ("/" + "x" * 20000, "too long")):
            with self.subTest(location=location[:40]):
                self.proxy.faults = [("POST", "/uploads/",
                                      registry.changed_header("Location", location))] * 99
                self.push_fails(self.proxy.host, message)

    def test_relative_location(self):
        def relative(old):
            return "/" + old.split("/", 3)[3]
        self.survive(*[("POST", "/uploads/", registry.changed_header("Location", relative))] * 3)

    def test_oversized_answers(self):
        for stage in self.STAGES[2:]:
            with self.subTest(stage=stage):
                self.proxy.faults = [(*stage, registry.oversized(500))]
                self.push_fails(self.proxy.host, "is larger than")


class Elsewhere(Push):
    """A registry that sends its clients to a blob store: Authorization stays at home."""

    def setUp(self):
        super().setUp()
        self.build()
        self.real = with_passwords(self)
        self.proxy = Proxy(self, self.real.host)
        self.store = Proxy(self, self.real.host, authorization=BASIC)
        self.login(self.proxy.host)

    def assert_clean(self, count):
        self.assertEqual([one[2] for one in self.store.requests], [None] * count)
        self.assertTrue(all(one[2] == BASIC for one in self.proxy.requests[1:]))

    def test_upload_redirected(self):
        self.proxy.faults = [("PUT", "/uploads/", registry.redirect(307, self.store.host))] * 3
        made = self.push(self.proxy.host)
        self.assert_there(self.real, made["digest"], authorization=BASIC)
        self.assert_clean(3)

    def test_upload_announced_elsewhere(self):
        def there(old):
            return "http://%s/%s" % (self.store.host, old.split("/", 3)[3])
        self.proxy.faults = [("POST", "/uploads/",
                              registry.changed_header("Location", there))] * 3
        made = self.push(self.proxy.host)
        self.assert_there(self.real, made["digest"], authorization=BASIC)
        self.assert_clean(3)

    def test_looked_for_elsewhere(self):
        self.push(self.proxy.host, name="team/x:other")
        self.proxy.requests.clear()
        self.proxy.faults = [("HEAD", "/blobs/", registry.redirect(302, self.store.host))] * 3
        made = self.push(self.proxy.host)
        self.assertEqual(made["blobs_there"], 3)
        self.assert_clean(3)

    def test_fetched_elsewhere(self):
        made = self.push(self.proxy.host)
        self.proxy.requests.clear()
        self.proxy.faults = [("GET", "/blobs/", registry.redirect(307, self.store.host))]
        seen = self.check_json("image", "inspect", self.proxy.host + "/team/x:t")
        self.assertEqual(seen["digest"], made["digest"])
        self.assert_clean(1)

    def test_redirected_for_ever(self):
        self.proxy.faults = [("HEAD", "", registry.redirect(302, self.proxy.host))] * 99
        self.push_fails(self.proxy.host, "redirected for ever")

    def test_a_stranger_asks_for_a_login(self):
        """Whoever is reached by redirect gets neither password nor token by asking."""
        evil = Proxy(self, self.real.host)
        evil.faults = [("*", "", registry.refuse(401, "UNAUTHORIZED",
                                                 WWW_Authenticate="Basic realm=evil"))] * 99
        self.proxy.faults = [("PUT", "/uploads/", registry.redirect(307, evil.host))] * 99
        self.push_fails(self.proxy.host, "(HTTP 401)")
        self.assertTrue(evil.requests)
        self.assertEqual({one[2] for one in evil.requests}, {None})


if __name__ == "__main__":
    unittest.main()
