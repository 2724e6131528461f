"""The emulator's registry; aws/ecr.py names the facts."""

import json
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from registry import Registry, image, layer, user_of
from scripted import Case


class Ecr(Case):
    def setUp(self):
        super().setUp()
        self.registry = Registry(self.aws, "team/app")
        self.manifest, self.blobs = image([layer({"file": b"x"})], Entrypoint=["/file"])

    def code(self, answer):
        return answer[0], json.loads(answer[2])["errors"][0]["code"]

    def test_login(self):
        self.assertEqual(user_of(self.registry.token), "AWS")
        self.assertEqual(self.registry.call("GET", "")[0], 200)
        for token in None, "QVdTOndyb25n":
            self.registry.token = token
            answer = self.registry.call("GET", "")
            self.assertEqual(self.code(answer), (401, "UNAUTHORIZED"))
            self.assertEqual(answer[1]["WWW-Authenticate"],
                             'Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",'
                             'service="ecr.amazonaws.com"')
            self.assertEqual(self.registry.put_manifest(self.manifest)[0], 401)

    def test_push(self):
        _, digest = self.registry.push(self.manifest, self.blobs)
        (found,) = self.aws.client("ecr").describe_images(repositoryName="team/app")["imageDetails"]
        self.assertEqual((found["imageDigest"], found["imageTags"]), (digest, ["latest"]))

    def test_several_tags(self):
        client = self.aws.client("ecr")
        _, digest = self.registry.push(self.manifest, self.blobs)
        self.registry.put_manifest(self.manifest, "second")
        found = client.list_images(repositoryName="team/app")["imageIds"]
        self.assertEqual(found, [{"imageDigest": digest, "imageTag": tag} for tag in ("latest", "second")])
        self.assertEqual(client.list_images(repositoryName="team/app", filter={"tagStatus": "UNTAGGED"})["imageIds"], [])
        for tag, left in ("latest", ["second"]), ("second", []):
            answer = client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": tag}])
            self.assertEqual(([d["imageTag"] for d in answer["imageIds"]], answer["failures"]), ([tag], []))
            found = client.list_images(repositoryName="team/app")["imageIds"]
            self.assertEqual([image["imageTag"] for image in found], left)

    def test_missing_blob(self):
        for blob in self.blobs:
            self.assertEqual(self.code(self.registry.put_manifest(self.manifest)), (404, "MANIFEST_BLOB_UNKNOWN"))
            self.registry.put_blob(blob)
        self.assertEqual(self.registry.put_manifest(self.manifest)[0], 201)

    def test_wrong_manifest(self):
        self.registry.push(self.manifest, self.blobs)
        self.assertEqual(self.code(self.registry.put_manifest(self.manifest, "sha256:" + "0" * 64)),
                         (400, "DIGEST_INVALID"))
        self.assertEqual(self.code(self.registry.put_manifest(b"{")), (400, "MANIFEST_INVALID"))


if __name__ == "__main__":
    sys.exit(unittest.main())
