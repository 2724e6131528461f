"""Servers that hand out credentials, on the loopback device: STS, IAM Identity Center, a container's
agent, the metadata service of EC2. They write down what they were asked.

The keys tell how they were got: an access key id is a digest of the request, the keys that signed it
included. Who ends up with the same key has gone the same way.
"""

import hashlib
import http.server
import json
import re
import threading
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, parse_qsl, urlsplit

ROLES = "/imds/latest/meta-data/iam/security-credentials/"
SSO_TOKEN = "sign-on/token+"
# Names that are made up where none is set are different ones in each program.
MADE_UP = re.compile(r"(botocore-session|lorry)-\d+")
DENIED = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>" \
         "<RequestId>r</RequestId></ErrorResponse>"
SESSION = "<{0}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{0}Result><Credentials><AccessKeyId>" \
          "{1[0]}</AccessKeyId><SecretAccessKey>{1[1]}</SecretAccessKey><SessionToken>{1[2]}</SessionToken>" \
          "<Expiration>{2}</Expiration></Credentials></{0}Result></{0}Response>"


def in_an_hour():
    return (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def keys_of(request):
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    return "AK" + digest[:14], "secret/" + digest[14:40], "token+" + digest[40:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, *request):
        if not self.server.log or self.server.log[-1] != request:  # not what is tried again
            self.server.log.append(request)
        return request

    def credentials(self, *request):
        key, secret, token = keys_of(request)
        self.answer(200, json.dumps({"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret,
                                     "Token": token, "Expiration": in_an_hour()}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/oidc"):
            return self.renew_sign_on(json.loads(body))
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if MADE_UP.fullmatch(given.get("RoleSessionName", "")):
            del given["RoleSessionName"]
        signer = re.search(r"Credential=([^/]+)/\d+/([^/]+)/sts/", self.headers.get("Authorization", ""))
        request = self.note("sts", given, signer and signer.groups(), self.headers.get("X-Amz-Security-Token"))
        if "deny" in given["RoleArn"]:
            return self.answer(403, DENIED, "text/xml")
        self.answer(200, SESSION.format(given["Action"], keys_of(request), in_an_hour()), "text/xml")

    def renew_sign_on(self, given):
        if given["refreshToken"] != "good":
            return self.answer(400, json.dumps({"error": "invalid_grant"}))
        self.answer(200, json.dumps({"accessToken": SSO_TOKEN + "new", "expiresIn": 3600}))

    def do_PUT(self):
        status = self.server.instance_token
        self.answer(status, "session-token" if status == 200 else "no", "text/plain")

    def do_GET(self):
        if self.path.startswith("/sso/"):
            return self.sign_on()
        if self.path.startswith("/container/"):
            request = self.note("container", self.path, self.headers.get("Authorization"))
            return self.answer(400, "no") if "refuse" in self.path else self.credentials(*request)
        if self.path == ROLES:
            return self.answer(self.server.instance, "my-role", "text/plain")
        if self.server.instance != 200:
            return self.answer(self.server.instance, "no", "text/plain")
        self.credentials(*self.note("instance", self.path))

    def sign_on(self):
        token = self.headers.get("x-amz-sso_bearer_token")
        path, query = urlsplit(self.path)[2:4]
        request = self.note("sso", path, sorted(parse_qs(query).items()), token)
        if not token.startswith(SSO_TOKEN):
            self.send_response(401)
            self.send_header("x-amzn-ErrorType", "UnauthorizedException")
            self.send_header("Content-Length", "2")
            self.end_headers()
            return self.wfile.write(b"{}")
        key, secret, token = keys_of(request)
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        self.answer(200, json.dumps({"roleCredentials": {
            "accessKeyId": key, "secretAccessKey": secret, "sessionToken": token,
            "expiration": int(end.timestamp()) * 1000}}))


class Servers(http.server.ThreadingHTTPServer):
    """`instance` is the status of the metadata service, `instance_token` that of its session tokens; `log`
    is what was asked since it was cleared."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.instance = self.instance_token = 200
        self.log = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def environment(self):
        return {"AWS_ENDPOINT_URL_STS": self.url + "/sts", "AWS_ENDPOINT_URL_SSO": self.url + "/sso",
                "AWS_ENDPOINT_URL_SSO_OIDC": self.url + "/oidc",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url + "/imds"}

    def stop(self):
        self.shutdown()
        self.server_close()
