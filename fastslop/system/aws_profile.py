"""What the files of the AWS tools say of how S3 is reached: keys, region and endpoint of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as NoConfig
from pathlib import Path

from fastslop.base.errors import UsageError

FILES = (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
"""The variables that name the files, and their names in ``~/.aws``; what the second says counts."""
NAMES = {
    "aws_access_key_id": "aws_access_key_id",
    "aws_secret_access_key": "aws_secret_access_key",
    "aws_session_token": "aws_session_token",
    "region": "aws_region",
    "endpoint_url": "aws_endpoint",
}
"""What is read of a profile, and what the client calls it."""
BY_OTHERS = ("sso_session", "sso_start_url", "role_arn", "credential_process", "login_session")
"""What says that keys of a profile are to be had elsewhere, which the AWS tools do."""
REGIONS, ENDPOINTS = ("AWS_REGION", "AWS_DEFAULT_REGION"), ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
OTHER_WAYS = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables that say that the machine gives credentials, which the client asks for by itself."""


def aws_profile(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings of the client that ``environment`` leaves to the profile ``AWS_PROFILE``, or ``default``.

    Raises
    ------
    UsageError
        If a profile that is named is not there, or its keys are to be had in a way that only the AWS tools know.
    """
    found = {NAMES[name]: value for name, value in _section(environment).items() if name in NAMES}
    for variables, setting in ((REGIONS, "aws_region"), (ENDPOINTS, "aws_endpoint")):
        given = [environment[name] for name in variables if environment.get(name)]
        found |= {setting: given[0]} if given else {}
    if environment.get("AWS_ACCESS_KEY_ID"):  # keys are of one source
        found = {name: value for name, value in found.items() if name in ("aws_region", "aws_endpoint")}
    return found


def _section(environment: Mapping[str, str]) -> dict[str, str]:
    """What the files say of the profile."""
    name = environment.get("AWS_PROFILE") or "default"
    values: dict[str, str] = {}
    is_there = False
    for variable, file_name in FILES:
        path = Path(environment.get(variable) or Path.home() / ".aws" / file_name)
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(path, encoding="utf-8")
        except (NoConfig, UnicodeDecodeError):
            raise UsageError(f"{path} is no file of the AWS tools; mend it, or set AWS_ACCESS_KEY_ID") from None
        for section in (name, f"profile {name}"):
            if parser.has_section(section):
                is_there = True
                values |= dict(parser.items(section))
    if "AWS_ACCESS_KEY_ID" in environment or any(one in environment for one in OTHER_WAYS):
        return values
    if not is_there and "AWS_PROFILE" in environment:
        raise UsageError(f"AWS_PROFILE={name}: there is no profile of that name in ~/.aws; name one that is there")
    others = [one for one in BY_OTHERS if one in values]
    if others and "aws_access_key_id" not in values:
        raise UsageError(
            f"the profile {name!r} of ~/.aws gets its keys by {others[0]}, which only the AWS tools know; "
            f'have them say them: eval "$(aws configure export-credentials --profile {name} --format env)"'
        )
    return values
