"""The emulator's image functions; aws/images.py names the facts."""

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack")
from botocore.exceptions import ClientError
from registry import HOST, Registry, image, layer
from scripted import ROLE, Case

# Answers each invocation with the environment and what it can write; needs no library and no shell.
SOURCE = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char in[65536], out[65536], body[8192], id[64];

static void call(const char *head, const char *text)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons(atoi(strchr(getenv("AWS_LAMBDA_RUNTIME_API"), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0), size = 0, got;
    connect(fd, (struct sockaddr *)&to, sizeof(to));
    size = snprintf(out, sizeof(out), "%s HTTP/1.1\r\nHost: l\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                    head, strlen(text), text);
    write(fd, out, size);
    for (size = 0; (got = read(fd, in + size, sizeof(in) - 1 - size)) > 0; size += got)
        in[size + got] = 0;
    close(fd);
}

int main(int argc, char **argv)
{
    char folder[256];
    for (;;) {
        call("GET /2018-06-01/runtime/invocation/next", "");
        sscanf(strstr(in, "Request-Id: ") + 12, "%63[^\r]", id);
        snprintf(body, sizeof(body),
                 "{\"words\": \"%s %s\", \"uid\": %d, \"folder\": \"%s\", \"root\": %d, \"tmp\": %d, \"OWN\": \"%s\", "
                 "\"TASK\": \"%s\", \"gone\": %d, \"kept\": %d}",
                 argv[0], argc > 1 ? argv[1] : "", getuid(), getcwd(folder, sizeof(folder)), access("/", W_OK),
                 access("/tmp", W_OK), getenv("OWN"), getenv("LAMBDA_TASK_ROOT"), access("/etc/gone", F_OK),
                 access("/etc/kept", F_OK));
        char head[256];
        snprintf(head, sizeof(head), "POST /2018-06-01/runtime/invocation/%s/response", id);
        call(head, body);
    }
}
"""


@unittest.skipUnless(os.geteuid() == 0, "images run in a chroot, which needs root")
class Images(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
        if not compiler:
            raise unittest.SkipTest("no C compiler")
        source, target = Path(cls.aws.folder) / "own.c", Path(cls.aws.folder) / "own"
        source.write_text(SOURCE, encoding="ascii")
        subprocess.run([compiler, "-static", "-w", "-o", target, source], check=True)
        cls.program = target.read_bytes()

    def setUp(self):
        super().setUp()
        self.registry = Registry(self.aws, "app")

    def image(self, *more, **config):
        first = layer({"bin": None, "bin/own": self.program, "etc": None, "etc/gone": b"", "etc/kept": b""})
        return image([first, *more], **{"Entrypoint": ["/bin/own"], **config})

    def create(self, uri, **options):
        functions = self.aws.client("lambda")
        made = functions.create_function(FunctionName="f", PackageType="Image", Code={"ImageUri": uri},
                                         Role=ROLE, Timeout=10, **options)
        functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.1})
        return made

    def invoke(self):
        return json.loads(self.aws.client("lambda").invoke(FunctionName="f")["Payload"].read())

    def test_runs(self):
        whiteout = layer({"etc/.wh.gone": b""})
        uri, digest = self.registry.push(*self.image(
            whiteout, Cmd=["word"], Env=["OWN=image", "PATH=/bin"], WorkingDir="/etc"))
        made = self.create(uri)
        self.assertEqual(made["CodeSha256"], digest.removeprefix("sha256:"))
        self.assertEqual(self.invoke(), {
            "words": "/bin/own word", "uid": 65534, "folder": "/etc", "root": -1, "tmp": 0, "OWN": "image",
            "TASK": "/var/task", "gone": -1, "kept": 0})

    def test_the_functions_settings_go_first(self):
        uri, _ = self.registry.push(*self.image(Cmd=["word"], Env=["OWN=image"]))
        self.create(uri, ImageConfig={"Command": ["other"]}, Environment={"Variables": {"OWN": "function"}})
        answer = self.invoke()
        self.assertEqual((answer["words"], answer["OWN"]), ("/bin/own other", "function"))

    def test_a_moved_tag_moves_no_function(self):
        uri, first = self.registry.push(*self.image(Cmd=["first"]))
        self.create(uri)
        _, second = self.registry.push(*self.image(Cmd=["second"]))
        self.assertEqual(self.invoke()["words"], "/bin/own first")
        functions = self.aws.client("lambda")
        self.assertEqual(functions.get_function(FunctionName="f")["Code"]["ResolvedImageUri"],
                         f"{HOST}/app@{first}")
        functions.update_function_code(FunctionName="f", ImageUri=f"{HOST}/app@{second}")
        functions.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.1})
        self.assertEqual(self.invoke()["words"], "/bin/own second")

    def refused(self, uri, message):
        with self.assertRaisesRegex(ClientError, message) as caught:
            self.create(uri)
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidParameterValueException")

    def test_no_such_image(self):
        self.refused(f"{HOST}/app:none", "does not exist. Provide a valid source image")
        self.refused(f"{HOST}/none:latest", "does not exist")

    def test_unsupported(self):
        manifest, blobs = self.image()
        self.registry.push(manifest, blobs)
        self.registry.push(manifest.replace(b"tar+gzip", b"tar+zstd"), [], "zstd")
        index = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
        self.assertEqual(self.registry.put_manifest(index, "index")[0], 201)
        for tag in "zstd", "index":
            self.refused(f"{HOST}/app:{tag}", "media type for the source image")

    def test_unusable(self):
        for kind, made in (("MissingParentDirectory", image([layer({"bin/own": self.program})],
                                                            Entrypoint=["/bin/own"])),
                           ("Runtime.InvalidEntrypoint", self.image(Entrypoint=["bin/own"]))):
            with self.subTest(kind):
                self.setUp()
                uri, _ = self.registry.push(*made)
                self.create(uri)
                self.assertEqual(self.invoke()["errorType"], kind)


if __name__ == "__main__":
    sys.exit(unittest.main())
