"""Starts the emulator; its settings are files in HOME (Settings)."""

import os

from ministack import app

from . import (cloudformation, drift, dynamodb, ecr, functions, images, kinesis, logs, mapping,
               mapping_api, metrics, roles)
from .common import Settings

SERVICES = (dynamodb, kinesis, functions, images, mapping, mapping_api, logs, metrics, ecr,
            cloudformation, drift, roles)


def main():
    os.chdir(os.environ["HOME"])
    settings = Settings(os.getcwd())
    for service in SERVICES:
        service.correct(settings)
    app.main()


main()
