"""Faults of the way between: slow, lost, cut or foreign answers, whether or not the call was applied."""

import asyncio

from aiohttp import web

from sandbox.answers import Answer
from sandbox.faults.serving import Outcome, Serving

HTML = {"Content-Type": "text/html; charset=utf-8"}
ELSEWHERE = "https://login.example.invalid/"


async def slow(serving: Serving) -> Outcome:
    """Applied at once or only after the wait; the answer comes after it in both cases."""
    wait = serving.params["ms"] / 1000
    if serving.params["applied"]:
        answer = await serving.apply()
        await asyncio.sleep(wait)
        return answer
    await asyncio.sleep(wait)
    return await serving.apply()


async def timeout_before(serving: Serving) -> Outcome:
    await serving.until_gone(most=serving.params["seconds"])
    serving.reset()
    return None


async def timeout_after(serving: Serving) -> Outcome:
    await serving.apply()
    return await timeout_before(serving)


async def reset_before(serving: Serving) -> Outcome:
    serving.reset()
    return None


async def reset_after(serving: Serving) -> Outcome:
    await serving.apply()
    return await reset_before(serving)


async def cut(serving: Serving) -> Outcome:
    answer = await serving.apply()
    response = await _begun(serving, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    # close() and not abort(): what was written must still reach the client.
    if serving.request.transport is not None:
        serving.request.transport.close()
    return response


async def trickle(serving: Serving) -> Outcome:
    answer = await serving.apply()
    response = await _begun(serving, answer)
    for place in range(len(answer.body)):
        if serving.is_gone:
            break
        await response.write(answer.body[place : place + 1])
        await asyncio.sleep(serving.params["ms"] / 1000)
    return response


async def garbage(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    return Answer(200, b"<!doctype html><title>Welcome</title><p>Please sign in to the guest network.", HTML)


async def bad_gateway(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    return Answer(502, b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", HTML)


async def redirect(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    return Answer(302, b"", {**HTML, "Location": ELSEWHERE})


async def _begun(serving: Serving, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json", **answer.headers})
    response.content_length = len(answer.body)
    await response.prepare(serving.request)
    return response
