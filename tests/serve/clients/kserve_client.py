# mypy: ignore-errors
"""KServe's own clients, run in an environment of their own; prints what they got as JSON."""

import asyncio
import json
import sys

import pandas as pd
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig


def request(rows, model, kinds, *, binary):
    frame = pd.DataFrame(rows)
    inputs = []
    for name, kind in kinds.items():
        tensor = InferInput(name=name, shape=[len(frame)], datatype=kind)
        tensor.set_data_from_numpy(frame[name].to_numpy(), binary_data=binary)
        inputs.append(tensor)
    return InferRequest(model_name=model, infer_inputs=inputs, request_id="mine")


def listed(response):
    return response.outputs[0].as_numpy().tolist()


async def main(url, grpc, model, rows, kinds):
    first = InferenceRESTClient(RESTConfig(protocol="v1"))
    second = InferenceRESTClient(RESTConfig(protocol="v2"))
    third = InferenceGRPCClient(url=grpc)
    got = {
        "v1 ready": await first.is_model_ready(url, model),
        "v2 live": await second.is_server_live(url),
        "v2 ready": await second.is_server_ready(url),
        "v2 model": await second.is_model_ready(url, model),
        "grpc ready": await third.is_server_ready(),
        "grpc model": await third.is_model_ready(model),
        "v1": (await first.infer(url, {"instances": rows}, model_name=model))["predictions"],
        "explain": len((await first.explain(url, model, {"instances": rows}))["explanations"]),
    }
    for binary in (False, True):
        asked = request(rows, model, kinds, binary=binary)
        response = await second.infer(url, asked, model_name=model)
        got |= {f"v2, {binary=}": listed(response), "id": response.id}
        got[f"grpc, {binary=}"] = listed(await third.infer(asked))
    await first.close()
    await second.close()
    await third.close()
    return got


json.dump(asyncio.run(main(*map(json.loads, sys.argv[1:]))), sys.stdout)
