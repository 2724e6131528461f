"""Pushes images to the emulated ECR, request by request."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import urllib.error
import urllib.request

from emulator import ACCOUNT, REGION

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def layer(files):
    """A layer of {name: content}; None is a folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if content is None:
                entry.type = tarfile.DIRTYPE
            entry.size = len(content or b"")
            archive.addfile(entry, io.BytesIO(content or b""))
    return gzip.compress(packed.getvalue(), mtime=0)


def image(layers, **config):
    """Manifest and blobs of an image; `config`: Entrypoint, Cmd, Env ..."""
    configuration = json.dumps({"architecture": "amd64", "os": "linux", "config": config}).encode()
    blobs = [configuration, *layers]
    described = [{"mediaType": LAYER, "size": len(blob), "digest": digest_of(blob)} for blob in blobs]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": described[1:],
                           "config": {**described[0], "mediaType": CONFIG}}).encode()
    return manifest, blobs


class Registry:
    def __init__(self, aws, repository):
        self.aws, self.repository = aws, repository
        aws.client("ecr").create_repository(repositoryName=repository)
        self.token = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]

    def call(self, method, path, body=None, **headers):
        """Status, headers and body."""
        url = path if path.startswith("http") else f"{self.aws.url}/v2/{path}"
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        if self.token:
            request.add_header("Authorization", "Basic " + self.token)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def put_blob(self, content):
        _, headers, _ = self.call("POST", f"{self.repository}/blobs/uploads/")
        place = headers["Location"]
        place = place if place.startswith("http") else self.aws.url + place
        mark = "&" if "?" in place else "?"
        return self.call("PUT", f"{place}{mark}digest={digest_of(content)}", content)[0]

    def put_manifest(self, manifest, reference="latest"):
        return self.call("PUT", f"{self.repository}/manifests/{reference}", manifest,
                         **{"Content-Type": MANIFEST})

    def let_lambda_pull(self):
        self.aws.client("ecr").set_repository_policy(repositoryName=self.repository, policyText=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}))

    def push(self, manifest, blobs, reference="latest"):
        """Returns the image's URI by tag, and its digest."""
        for blob in blobs:
            assert self.put_blob(blob) == 201
        status, _, body = self.put_manifest(manifest, reference)
        assert status == 201, body
        return f"{HOST}/{self.repository}:{reference}", digest_of(manifest)


def user_of(token):
    return base64.b64decode(token).decode().partition(":")[0]
