"""The Open Inference Protocol through gRPC, beside HTTP in the same process; needs the extra `grpc`.

- `messages`: the protocol's messages, described at run time.
- `handlers`: from a message's bytes to an answer's bytes; routes like all others.
- `server`: a call becomes a request of the application, so it is guarded, limited, logged and counted alike.
"""

from interlock.serve.grpc.handlers import METHODS, VERSIONS, model_infer, rows
from interlock.serve.grpc.server import beside, require

__all__ = ["METHODS", "VERSIONS", "beside", "model_infer", "require", "rows"]
