"""Debian's docker-registry on a free port; a proxy that goes wrong as it is told; a server that gives
out tokens. All on loopback, all ended with the test."""

import base64
import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER, PASSWORD = "owner", "s3cret"
HTPASSWD = USER + ":$2b$04$gNVdYCE4sEd.lD3aC8XsMu6ARgw.cuEJqUtgKPNf.z7Yb9rRg64mi"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
DIGEST_HEADER = "Docker-Content-Digest"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Registry:
    """`auth`: the lines of the configuration's section "auth"; none: open to all."""

    def __init__(self, case, auth=""):
        program = shutil.which("docker-registry")
        if not program:
            case.skipTest("no docker-registry here")
        port = free_port()
        self.host = "127.0.0.1:%d" % port
        self.data = case.folder / ("registry-%d" % port)
        config = case.write("registry-%d.yml" % port, "\n".join([
            "version: 0.1", "log: {level: error}",
            "storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}" % self.data,
            "http: {addr: '%s', secret: x}" % self.host, auth, ""]))
        self.log = open(case.folder / "registry.log", "ab")
        case.addCleanup(self.log.close)
        self.process = subprocess.Popen([program, "serve", config], stdout=self.log,
                                        stderr=self.log)
        case.addCleanup(self.stop)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        case.fail("docker-registry does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def get(self, path, authorization=None):
        """(header, body) of a manifest or a blob; None if it is not there."""
        headers = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        if authorization:
            headers["Authorization"] = authorization
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    "http://%s/v2/%s" % (self.host, path), headers=headers), timeout=30) as answer:
                return answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            return None


def with_passwords(case):
    """A registry that asks for USER and PASSWORD."""
    path = case.write("htpasswd", HTPASSWD + "\n")
    return Registry(case, "auth: {htpasswd: {realm: test, path: %s}}" % path)


class Server:
    """Answers with `handler(request)` in threads of its own."""

    def __init__(self, case, handler):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                handler(self)

            do_GET = do_HEAD = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # connections that the client has given up

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        thread.start()
        case.addCleanup(thread.join)
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)


def answer(request, status, headers=(), body=b""):
    request.send_response(status)
    for name, value in headers:
        request.send_header(name, value)
    if not any(name.lower() == "content-length" for name, _ in headers):
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)


class Proxy:
    """Passes requests on to a registry. `faults`: (method, part of the path, fault), each used
    once, in order for what it fits; a fault gets (proxy, request, body) and answers, or returns
    True to have the request passed on after all, or a function that changes the answer's
    (status, headers, body)."""

    def __init__(self, case, upstream, authorization=None):
        self.upstream, self.authorization = upstream, authorization
        self.faults, self.requests, self.lock = [], [], threading.Lock()
        self.server = Server(case, self.handle)
        self.host = self.server.host

    def next_fault(self, request):
        with self.lock:
            for one in self.faults:
                if one[0] in (request.command, "*") and re.search(one[1], request.path):
                    self.faults.remove(one)
                    return one[2]
        return None

    def handle(self, request):
        fault = self.next_fault(request)
        length = int(request.headers.get("Content-Length") or 0)
        with self.lock:
            self.requests.append((request.command, request.path,
                                  request.headers.get("Authorization"), length))
        if fault is cut_before:
            return hang_up(request)
        body = request.rfile.read(length)
        change = fault(self, request, body) if fault else True
        if change:
            self.pass_on(request, body, change if callable(change) else None)

    def forward(self, request, body):
        headers = {name: value for name, value in request.headers.items()}
        if self.authorization:
            headers["Authorization"] = self.authorization
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        connection.putrequest(request.command, request.path, skip_host=True,
                              skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.getheaders(), content

    def pass_on(self, request, body, change=None):
        status, headers, content = self.forward(request, body)
        if change:
            status, headers, content = change(status, headers, content)
        if request.command != "HEAD":
            headers = [one for one in headers if one[0].lower() not in
                       ("content-length", "transfer-encoding")]
        answer(request, status, headers, content)

    def seen(self, method, part=""):
        return [one for one in self.requests if one[0] == method and part in one[1]]


# What can go wrong.

def hang_up(request):
    request.close_connection = True
    request.connection.shutdown(socket.SHUT_RDWR)


def cut_before(proxy, request, body):
    """Handled by Proxy.handle(), before the body is read."""


def cut_after(proxy, request, body):
    """The registry has done it, but nobody hears of it."""
    proxy.forward(request, body)
    hang_up(request)


def cut_halfway(proxy, request, body):
    """The registry gets half of the body."""
    with socket.create_connection(tuple(proxy.upstream.split(":")), 30) as raw:
        head = ["%s %s HTTP/1.1" % (request.command, request.path)]
        head += ["%s: %s" % pair for pair in request.headers.items()]
        raw.sendall("\r\n".join(head + ["", ""]).encode() + body[:len(body) // 2])
    hang_up(request)


def cut_answer(proxy, request, body):
    proxy.forward(request, body)
    request.wfile.write(b"HTTP/1.1 20")
    hang_up(request)


def refuse(status, code="", **headers):
    def fault(proxy, request, body):
        text = json.dumps({"errors": [{"code": code, "message": "as told"}]}) if code else \
            "<html>not now</html>"
        answer(request, status, [(name.replace("_", "-"), value)
                                 for name, value in headers.items()], text.encode())
    return fault


def redirect(status, host):
    def fault(proxy, request, body):
        answer(request, status, [("Location", "http://%s%s" % (host, request.path))])
    return fault


def slow(seconds):
    def fault(proxy, request, body):
        time.sleep(seconds)
        return True
    return fault


def changed_header(name, value):
    """The registry's answer with another header; `value` may be a function of the old one."""
    def fault(proxy, request, body):
        def change(status, headers, content):
            old = dict((key.lower(), text) for key, text in headers).get(name.lower(), "")
            kept = [one for one in headers if one[0].lower() != name.lower()]
            new = value(old) if callable(value) else value
            return status, kept + [(name, new)], content
        return change
    return fault


def oversized(status):
    def fault(proxy, request, body):
        answer(request, status, [], b"x" * 5000000)
    return fault


class Tokens:
    """Gives out tokens (Distribution "Token Authentication Specification"), signed as `auth` of the
    registry wants it. `narrow`: so many tokens in the beginning allow nothing but to pull."""

    SERVICE, ISSUER = "test registry", "test issuer"

    def __init__(self, case):
        if not shutil.which("openssl"):
            case.skipTest("no openssl here")
        self.folder, self.narrow, self.requests = Path(case.folder), 0, []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=test", "-keyout", "token.key", "-out", "token.pem"],
                       cwd=self.folder, check=True, capture_output=True)
        self.server = Server(case, self.handle)
        self.auth = ("auth: {token: {realm: 'http://%s/token', service: '%s', issuer: '%s', "
                     "rootcertbundle: %s}}" % (self.server.host, self.SERVICE, self.ISSUER,
                                               self.folder / "token.pem"))

    def sign(self, data):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", "token.key"], input=data,
                              cwd=self.folder, check=True, capture_output=True).stdout

    def make(self, name, actions):
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        pem = (self.folder / "token.pem").read_text()
        header = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(pem.split("\n")[1:-2])]}
        now = int(time.time())
        claims = {"iss": self.ISSUER, "sub": USER, "aud": self.SERVICE, "exp": now + 300,
                  "nbf": now - 10, "iat": now, "jti": "1",
                  "access": [{"type": "repository", "name": name, "actions": actions}]}
        signed = b".".join(part(json.dumps(one).encode()) for one in (header, claims))
        return (signed + b"." + part(self.sign(signed))).decode()

    def handle(self, request):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        authorization = request.headers.get("Authorization")
        self.requests.append((query, authorization))
        if authorization not in (None, BASIC):
            return answer(request, 401, [], b'{"errors":[{"code":"UNAUTHORIZED"}]}')
        kind, name, actions = query["scope"][0].split(":")
        assert (kind, query["service"][0]) == ("repository", self.SERVICE), query
        allowed = actions.split(",") if authorization else ["pull"]
        if self.narrow:
            self.narrow, allowed = self.narrow - 1, ["pull"]
        answer(request, 200, [], json.dumps({"token": self.make(name, allowed)}).encode())
