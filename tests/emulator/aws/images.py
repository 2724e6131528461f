"""Lambda: functions made from a container image, run in a chroot; that takes root.

Facts [Lambda Developer Guide, "Create a Lambda function using a container image"]:

- The image has to be in ECR when the function is made, and must be one image, not an index, of
  tar or gzip layers. Its tag is resolved then, for good; CodeSha256 is the digest.
- Of the image's configuration ENTRYPOINT, CMD, WORKDIR and ENV count; ImageConfig goes first. ENTRYPOINT
  is an absolute path. The process is not root, /tmp is all that it can write, LAMBDA_TASK_ROOT is /var/task.
- A file whose folder is in no layer: MissingParentDirectory [seen on AWS].
"""

import contextlib
import functools
import io
import json
import os
import shutil
import stat
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

from ministack.services import ecr, lambda_svc

from . import roles
from .common import amend, refuse, succeeded

NOBODY = 65534
INVALID = "InvalidParameterValueException"
LAYERS = ("application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.docker.image.rootfs.diff.tar.gzip")
DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
LAUNCHER = """#!{python} -IS
import json, os
plan = json.loads({plan!r})
os.chroot(plan["root"])
os.chdir(plan["folder"])
os.setgroups([])
os.setgid({nobody})
os.setuid({nobody})
os.execve(plan["words"][0], plan["words"], {{**plan["variables"], **os.environ, **plan["fixed"]}})
"""
unpacking = threading.Lock()


class ImageError(Exception):
    """`args`: errorType and errorMessage of the invocation."""


class Image:
    """An image in the emulated ECR; raises KeyError if there is none."""

    def __init__(self, uri):
        name = uri.partition("/")[2]
        self.name, _, reference = name.partition("@")
        if not reference:
            self.name, _, reference = name.rpartition(":")
        self.digest, manifest, _ = ecr._resolve_manifest(self.name, reference)
        if not self.digest:
            raise KeyError(uri)
        self.manifest = json.loads(manifest)

    def is_supported(self):
        layers = self.manifest.get("layers")
        return bool(layers) and all(layer["mediaType"] in LAYERS for layer in layers)

    def blob(self, entry):
        return ecr._layer_blobs[self.name][entry["digest"]]

    def configuration(self):
        return json.loads(self.blob(self.manifest["config"])).get("config") or {}


def wrong_image(uri, function_name):
    """The answer if the function cannot be made from it, or None."""
    try:
        image = Image(uri)
    except KeyError:
        return refuse(INVALID, f"Source image {uri} does not exist. Provide a valid source image.")
    if not roles.may_pull(image.name, function_name):
        return refuse("AccessDeniedException", "Lambda does not have permission to access the ECR image. "
                      "Check the ECR permissions.", 403)
    return None if image.is_supported() else refuse(
        INVALID, f"The image manifest, config or layer media type for the source image {uri} is not supported.")


def pin(name):
    """Notes which image the function has, if it has one."""
    config = lambda_svc._functions[name]["config"]
    if config.get("PackageType") == "Image":
        config["CodeSha256"] = Image(config["ImageUri"]).digest.removeprefix("sha256:")
    return {"CodeSha256": config["CodeSha256"]}


def pinned(config):
    """URI of the image that the function was made from, by digest."""
    repository = config["ImageUri"].partition("@")[0]
    folder, _, name = repository.rpartition("/")
    return f"{folder}/{name.partition(':')[0]}@sha256:{config['CodeSha256']}"


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def apply_layer(layer, root):
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for member in archive:
            path = root / member.name
            if ".." in path.parts or not path.parent.resolve().is_relative_to(root.resolve()):
                raise ImageError("InvalidImage", f"{member.name} is outside of the image")
            if not path.parent.is_dir():
                raise ImageError("MissingParentDirectory", f"no layer has the folder of {member.name}")
            if path.name == OPAQUE:
                for old in path.parent.iterdir():
                    remove(old)
            elif path.name.startswith(WHITEOUT):
                remove(path.with_name(path.name.removeprefix(WHITEOUT)))
            else:
                archive.extract(member, root)


def add_what_lambda_adds(root):
    for folder in ("tmp", "dev", "proc", "var/task"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for name, numbers in DEVICES.items():
        with contextlib.suppress(OSError):  # not every container lets root do it
            os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(*numbers))


def unpacked(image):
    """Folder with the image's files, once for each digest."""
    root = Path(os.environ["HOME"]) / "images" / image.digest.replace(":", "-")
    with unpacking:
        if not root.exists():
            making = root.with_suffix(".new")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
            for layer in image.manifest["layers"]:
                apply_layer(image.blob(layer), making)
            add_what_lambda_adds(making)
            # The server's own folder is not for everyone; the process is nobody.
            for folder in (making, making.parent, making.parent.parent):
                folder.chmod(folder.stat().st_mode | 0o711)
            making.rename(root)
    return root


def words_of(configuration, overriding):
    """The command line: ENTRYPOINT, then CMD."""
    entry = overriding.get("EntryPoint") or configuration.get("Entrypoint") or []
    words = entry + (overriding.get("Command") or configuration.get("Cmd") or [])
    if not words or not words[0].startswith("/"):
        raise ImageError("Runtime.InvalidEntrypoint", f"{words[:1]} is no absolute path")
    return words


@functools.lru_cache(maxsize=None)
def launcher(uri, overriding):
    """A package whose bootstrap runs the image. `overriding`: ImageConfig as JSON."""
    image, overriding = Image(uri), json.loads(overriding)
    configuration = image.configuration()
    root = unpacked(image)
    words = words_of(configuration, overriding)
    if (root / words[0][1:]).is_symlink():
        raise ImageError("Runtime.InvalidEntrypoint", f"{words[0]} is a symbolic link")
    variables = dict(v.split("=", 1) for v in configuration.get("Env") or [])
    fixed = {"LAMBDA_TASK_ROOT": "/var/task", "PATH": variables.get("PATH", "/usr/bin:/bin")}
    folder = overriding.get("WorkingDirectory") or configuration.get("WorkingDir") or "/"
    plan = {"root": str(root), "folder": folder, "words": words, "variables": variables, "fixed": fixed}
    script = LAUNCHER.format(python=sys.executable, plan=json.dumps(plan), nobody=NOBODY)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.create_system, entry.external_attr = 3, 0o755 << 16
        archive.writestr(entry, script)
    return package.getvalue()


def execute(function, event, request_id):
    """In the place of MiniStack's executor that asks for Docker."""
    config = function["config"]
    overriding = (config.get("ImageConfigResponse") or {}).get("ImageConfig") or {}
    try:
        if os.geteuid() != 0:
            raise ImageError("Emulator.NotRoot", "the emulator runs images in a chroot: start it as root")
        package = launcher(pinned(config), json.dumps(overriding))
    except ImageError as error:
        return {"body": dict(zip(("errorType", "errorMessage"), error.args)), "error": True}
    custom = {**config, "Runtime": "provided.al2023", "Handler": "bootstrap"}
    return lambda_svc._execute_function_provided_warm(
        {**function, "config": custom, "code_zip": package}, event, request_id)


def creating(create):
    def created(data):
        uri = (data.get("Code") or {}).get("ImageUri")
        wrong = uri and wrong_image(uri, data["FunctionName"])
        if wrong:
            return wrong
        answer = create(data)
        return amend(answer, pin(data["FunctionName"])) if succeeded(answer) else answer

    return created


def updating(update):
    def updated(name, data):
        wrong = data.get("ImageUri") and wrong_image(data["ImageUri"], name)
        if wrong:
            return wrong
        answer = update(name, data)
        return amend(answer, pin(name)) if succeeded(answer) else answer

    return updated


def getting(get):
    def got(name, *arguments):
        answer = get(name, *arguments)
        if not succeeded(answer):
            return answer
        said = json.loads(answer[2])
        if "ImageUri" in said["Code"]:
            said["Code"]["ResolvedImageUri"] = pinned(said["Configuration"])
        return amend(answer, said)

    return got


def correct(settings):
    lambda_svc._execute_function_docker = execute
    lambda_svc._create_function = creating(lambda_svc._create_function)
    lambda_svc._update_code = updating(lambda_svc._update_code)
    lambda_svc._get_function = getting(lambda_svc._get_function)
