"""The release: one signed folder that holds all that a server needs, and the evidence for it.

- `write`: contract, profile, model and evidence become a folder named after its digest; `manifest` lists it.
- `verify` and `load`: nothing is used that was not verified to the byte.
- `withhold`: the profile as it leaves the house, without texts and names of few rows.
- `draw`, `golden`, `replay`: rows drawn from the profile, and the answers that every machine must give.
- `sign`: Ed25519 signatures of people, by role, over the digest; `signed`: which releases have some.
- `model`: the compiled model; `trees`: its trees by tables, for many rows at once.
- `explanation`, `shapley`, `additivity`: what each column adds to a row's score, exactly.
"""

from interlock.release.draw import golden_rows
from interlock.release.explanation import Attribution, Explanation
from interlock.release.golden import Golden, Verdict
from interlock.release.load import Release, load
from interlock.release.manifest import Manifest
from interlock.release.model import Model
from interlock.release.replay import TOLERANCE, replay
from interlock.release.sign import (
    Person,
    Signature,
    check_signatures,
    create_key,
    load_key,
    public_key,
    sign,
)
from interlock.release.signed import signed_releases
from interlock.release.verify import ROLES, Role, verify
from interlock.release.withhold import FEWEST, withheld
from interlock.release.write import write

__all__ = [
    "FEWEST",
    "ROLES",
    "TOLERANCE",
    "Attribution",
    "Explanation",
    "Golden",
    "Manifest",
    "Model",
    "Person",
    "Release",
    "Role",
    "Signature",
    "Verdict",
    "check_signatures",
    "create_key",
    "golden_rows",
    "load",
    "load_key",
    "public_key",
    "replay",
    "sign",
    "signed_releases",
    "verify",
    "withheld",
    "write",
]
