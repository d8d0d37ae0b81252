"""The bill of materials of an image: CycloneDX 1.6, with what is known of each part and what is not."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from interlock.deploy.lock import Pin
from interlock.deploy.shipment import Shipment
from interlock.deploy.wheel import Wheel

__all__ = ["sbom"]

#: SPDX identifiers of what packages write in their own words.
_SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "mit": "MIT",
    "mit license": "MIT",
}
#: Those that packages of a service have; what is not among them is quoted and not interpreted.
_IDENTIFIERS = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0"),
    *("MPL-2.0", "PSF-2.0", "Unlicense", "Zlib", "GPL-3.0-or-later", "GCC-exception-3.1", "Python-2.0"),
}


def sbom(shipped: Shipment, lock: Sequence[Pin], interlock: Wheel) -> str:
    """Return the bill of materials as JSON, always the same text for the same parts.

    The packages of the base image are not in it, and the bill says that it is incomplete: a scanner of the
    built image lists them.

    Args:
        shipped: The release; its model is a component with the hash of its file.
        lock: The packages beside Interlock.
        interlock: The wheel of Interlock.

    Source: CycloneDX 1.6 (ECMA-424), cyclonedx.org.
    """
    ours = Pin("interlock", interlock.version, (interlock.sha256,), "Apache-2.0")
    needs = tuple(pin.name for pin in lock)
    packages = sorted([ours._replace(requires=needs), *lock])
    image, model = f"image:{shipped.digest}", f"model:{shipped.digest}"
    references = {pin.name: _purl(pin) for pin in packages}
    depends = [{"ref": image, "dependsOn": sorted([model, references["interlock"]])}, {"ref": model}]
    depends += [_edges(pin, references) for pin in packages]
    tree = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": image,
                "name": shipped.name,
                "version": shipped.tag,
                "properties": [
                    {"name": "interlock:release", "value": shipped.digest},
                    {"name": "interlock:contract", "value": shipped.contract},
                ],
            }
        },
        "components": [_model(shipped, model), *(_component(pin, references) for pin in packages)],
        "dependencies": depends,
        "compositions": [{"aggregate": "incomplete", "assemblies": [image]}],
    }
    # the number is made of the content, so that the same parts have the same bill
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(tree, sort_keys=True))
    return json.dumps({**tree, "serialNumber": f"urn:uuid:{number}"}, indent=2, ensure_ascii=False) + "\n"


def _model(shipped: Shipment, reference: str) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": reference,
        "name": shipped.name,
        "version": shipped.tag,
        "hashes": [{"alg": "SHA-256", "content": shipped.model}],
    }


def _component(pin: Pin, references: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": references[pin.name],
        "name": pin.name,
        "version": pin.version,
        "purl": references[pin.name],
    }
    if pin.summary:
        made["description"] = pin.summary
    if len(pin.hashes) == 1:
        made["hashes"] = [{"alg": "SHA-256", "content": pin.hashes[0]}]
    else:  # a component is one file; the wheels for several architectures are told apart in its sources
        made["externalReferences"] = [
            {
                "type": "distribution",
                "url": f"{references[pin.name]}#{digest[:12]}",
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for digest in pin.hashes
        ]
    if pin.licence:
        made["licenses"] = [_licence(pin.licence)]
    return made


def _licence(stated: str) -> dict[str, Any]:
    """Return an SPDX identifier or expression where it is one, else the package's own words."""
    known = _SPDX.get(stated.lower(), stated)
    words = {*known.replace("(", " ").replace(")", " ").split()} - {"AND", "OR", "WITH"}
    if not words <= _IDENTIFIERS:
        return {"license": {"name": known}}
    return {"license": {"id": known}} if words == {known} else {"expression": known}


def _edges(pin: Pin, references: dict[str, str]) -> dict[str, Any]:
    named = [references[name] for name in pin.requires]
    return {"ref": references[pin.name], **({"dependsOn": sorted(named)} if named else {})}


def _purl(pin: Pin) -> str:
    return f"pkg:pypi/{pin.name}@{pin.version}"
