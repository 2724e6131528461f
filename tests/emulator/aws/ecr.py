"""ECR: the registry asks who it is, and refuses what cannot be pulled; an image may have several tags.

Facts [Amazon ECR User Guide, "Private registry authentication"; OCI Distribution Specification, "Error
codes"]: every request of the registry has the token of GetAuthorizationToken in Basic
authorization, else it is answered with 401 and a challenge. A manifest whose config or layers are not
in the repository is refused, and so is one under a digest that is not its own.

ListImages has an entry for each tag of an image. BatchDeleteImage takes a tag away, and with its last tag the
image; by its digest, the image with all its tags [Amazon ECR API Reference, both operations].
"""

import base64
import json
import secrets

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecr

from .common import amend

USER = "AWS"


class Login:
    """The token that is given out: one for the life of the server, where AWS gives a new one each time."""

    def __init__(self):
        self.token = base64.b64encode(f"{USER}:{secrets.token_urlsafe(48)}".encode()).decode()

    def give(self, make):
        def made(data):
            answer = make(data)
            entry = json.loads(answer[2])["authorizationData"][0]
            return amend(answer, {"authorizationData": [{**entry, "authorizationToken": self.token}]})

        return made

    def ask(self, handle):
        async def asked(method, path, headers, body, query):
            given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
            scheme, _, token = given.partition(" ")
            if scheme.lower() == "basic" and token == self.token:
                return await handle(method, path, headers, body, query)
            answer = ecr._registry_error(401, "UNAUTHORIZED", "Not Authorized")
            host = f"{get_account_id()}.dkr.ecr.{get_region()}.amazonaws.com"
            answer[1]["WWW-Authenticate"] = f'Basic realm="https://{host}/",service="ecr.amazonaws.com"'
            return answer

        return asked


def blobs_of(manifest):
    """Digests of what a manifest of one image needs."""
    config = [manifest["config"]] if "config" in manifest else []
    return [blob["digest"] for blob in config + manifest.get("layers", [])]


def whole(put):
    """Takes only manifests whose blobs are there."""
    def checked(name, reference, headers, body):
        if name not in ecr._repositories:
            return put(name, reference, headers, body)
        try:
            needed = blobs_of(json.loads(body))
        except (ValueError, KeyError, TypeError):
            return ecr._registry_error(400, "MANIFEST_INVALID", "manifest invalid")
        if ":" in reference and reference != ecr._content_digest(body):
            return ecr._registry_error(400, "DIGEST_INVALID", "provided digest did not match the manifest")
        missing = [digest for digest in needed if digest not in ecr._layer_blobs.get(name, {})]
        if missing:
            return ecr._registry_error(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry",
                                       {"digest": missing[0]})
        return put(name, reference, headers, body)

    return checked


def tags_of(image, of_status):
    """Those that ListImages shows of an image; [None]: it has none."""
    tags = image.get("imageTags") or [None]
    return [tag for tag in tags if of_status in (None, "ANY", "TAGGED" if tag else "UNTAGGED")]


def identity(image, tag):
    return {"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})}


def list_tags(listed):
    def made(data):
        images = ecr._images.get(data["repositoryName"], [])
        status = data.get("filter", {}).get("tagStatus")
        return amend(listed(data), {"imageIds": [identity(image, tag) for image in images
                                                 for tag in tags_of(image, status)]})

    return made


def delete_tags(delete):
    """One at a time, the tags that are not the last of their image; the rest is MiniStack's."""
    def made(data):
        rest, deleted = [], []
        for wanted in data.get("imageIds", []):
            image = ecr._find_image(data["repositoryName"], wanted)
            tag = wanted.get("imageTag")
            if image and tag and "imageDigest" not in wanted and len(image["imageTags"]) > 1:
                image["imageTags"].remove(tag)
                deleted.append(identity(image, tag))
            else:
                rest.append(wanted)
        answer = delete({**data, "imageIds": rest})
        if answer[0] != 200:
            return answer
        return amend(answer, {"imageIds": deleted + json.loads(answer[2])["imageIds"]})

    return made


def correct(settings):
    login = Login()
    ecr._get_authorization_token = login.give(ecr._get_authorization_token)
    ecr.handle_registry_request = login.ask(ecr.handle_registry_request)
    ecr._list_images = list_tags(ecr._list_images)
    ecr._batch_delete_image = delete_tags(ecr._batch_delete_image)
    ecr._v2_put_manifest = whole(ecr._v2_put_manifest)
