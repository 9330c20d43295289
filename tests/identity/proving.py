"""What the tests of proofs share."""

import httpx

PATH = "/v1/account"


def challenge(answer: httpx.Response) -> str:
    return answer.headers["www-authenticate"].partition('error="')[2].partition('"')[0]
