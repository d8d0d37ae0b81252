"""Deployment: images, platforms, batch scoring and schedules, from a release.

- `settings`: `[deploy]` of `interlock.toml`; `shipment`: the release as deployment files name it.
- `docker`: an image's build context, with `lock` (packages by hash), `wheel` (Interlock itself) and `sbom`.
- `platform`: what each platform is told; `templates/` holds the files, each in its own language.
- `writing`: on disk, what people edited is left alone.
"""

from __future__ import annotations
