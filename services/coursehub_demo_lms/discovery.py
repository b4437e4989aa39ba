"""What the platform publishes of itself: its key set and its OpenID configuration."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from coursehub_demo_lms.platform import Here, disturbance
from coursehub_demo_lms.standard import (
    DEEP_LINKING_REQUEST,
    MESSAGES,
    PERSON_CLAIMS,
    PLATFORM_CONFIGURATION,
    SCOPES,
)
from coursehub_demo_lms.variables import VARIABLES

PLACES = {DEEP_LINKING_REQUEST: {"placements": ["ContentArea"]}}

router = APIRouter()


@router.get("/jwks", dependencies=[disturbance("jwks")])
async def jwks(platform: Here) -> JSONResponse:
    """The platform's public keys."""
    return JSONResponse(platform.keys.public(), headers={"Cache-Control": "max-age=60"})


@router.get("/.well-known/openid-configuration", dependencies=[disturbance("jwks")])
async def openid_configuration(platform: Here) -> dict[str, Any]:
    """The platform's OpenID configuration with its LTI part (LTI dynamic registration 2.1)."""
    return {
        "issuer": platform.issuer,
        "authorization_endpoint": platform.url("/auth"),
        "token_endpoint": platform.url("/token"),
        "jwks_uri": platform.url("/jwks"),
        "registration_endpoint": platform.url("/register"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", *SCOPES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", *PERSON_CLAIMS],
        PLATFORM_CONFIGURATION: {
            "product_family_code": "coursehub-demo-lms",
            "version": "1.0",
            "messages_supported": [
                {"type": message, **PLACES.get(message, {})} for message in MESSAGES
            ],
            "variables": list(VARIABLES),
        },
    }
