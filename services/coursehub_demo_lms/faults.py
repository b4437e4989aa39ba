"""Launches that are wrong on purpose; a tool that lets one of them in has a hole."""

import base64
import json
from typing import Any

from coursehub_demo_lms.keys import new_key, sign
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.standard import CLAIM, ROLE_URIS
from coursehub_demo_lms.switches import LaunchFault

REPLAYS = (LaunchFault.REPLAYED, LaunchFault.STALE_TOKEN)


def launch_fields(platform: Platform, claims: dict[str, Any], *, state: str) -> dict[str, str]:
    """The fields of the launch, spoiled as the switch says."""
    fault = platform.switches.launch_fault
    last = platform.last_launch
    if fault is LaunchFault.REPLAYED and last:
        return dict(last)
    if fault is LaunchFault.STALE_TOKEN and last:
        return {"id_token": last["id_token"], "state": state}
    fields = {"id_token": _token(platform, claims, fault), "state": state}
    if fault is LaunchFault.NONE or fault in REPLAYS:
        platform.last_launch = dict(fields)
    return fields


def _token(platform: Platform, claims: dict[str, Any], fault: LaunchFault) -> str:
    wrong = {**claims, **_wrong_claims(claims, fault)}
    if fault is LaunchFault.FORGED:
        return sign(new_key(kid=str(platform.keys.signing.kid)), wrong)
    if fault is LaunchFault.ALG_NONE:
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(wrong)}."
    token = platform.keys.sign(wrong)
    if fault is LaunchFault.TAMPERED:
        header, _, signature = token.split(".")
        promoted = {**wrong, f"{CLAIM}roles": list(ROLE_URIS["Instructor"]), "tampered": True}
        return f"{header}.{_part(promoted)}.{signature}"
    return token


def _wrong_claims(claims: dict[str, Any], fault: LaunchFault) -> dict[str, Any]:
    hour_s = 3600
    other: dict[LaunchFault, dict[str, Any]] = {
        LaunchFault.EXPIRED: {"iat": claims["iat"] - hour_s, "exp": claims["exp"] - hour_s},
        LaunchFault.WRONG_AUDIENCE: {"aud": "another-tool", "azp": "another-tool"},
        LaunchFault.WRONG_ISSUER: {"iss": "https://another-platform.example"},
        LaunchFault.WRONG_NONCE: {"nonce": f"not-{claims['nonce']}"},
        LaunchFault.WRONG_DEPLOYMENT: {f"{CLAIM}deployment_id": "not-deployed"},
    }
    return other.get(fault, {})


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
