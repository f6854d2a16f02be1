import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

/** Serves Flask and Django, each on a port of its own: the same routes behind the same guards. */
export const program = `
import logging, os, threading
from countersign import DjangoGuard, FlaskGuard
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from flask import Flask, g, jsonify
from werkzeug.serving import run_simple

env = os.environ
options = {"audience": env["AUDIENCE"], "clock": lambda: float(env["NOW"])}
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY=os.urandom(32).hex())
app = Flask(__name__)
urlpatterns = []
def add(name, issuer, **needs):
    guard, other = FlaskGuard(issuer, **options), DjangoGuard(issuer, **options)
    app.add_url_rule(f"/{name}", name, guard.required(lambda: jsonify(sub=g.principal.subject), **needs))
    view = other.required(lambda request: JsonResponse({"sub": request.principal.subject}), **needs)
    urlpatterns.append(path(name, view))
add("open", env["ISSUER"])
add("scope", env["ISSUER"], scopes=["notes:read"])
add("role", env["ISSUER"], roles=["admin"])
add("dead", env["DEAD"])
add("misnamed", env["MISNAMED"])
logging.basicConfig(level=logging.INFO) # or both servers prepare the log at once, and the line of one can be lost
threading.Thread(target=run_simple, args=("127.0.0.1", int(env["DJANGO"]), get_wsgi_application()), kwargs={"threaded": True}, daemon=True).start()
run_simple("127.0.0.1", int(env["FLASK"]), app, threaded=True)
`

/** Calls the middleware for Django without a server, and decorates views with requirements that are no lists of names. */
export const middlewareProgram = `
import json, sys
from countersign import DjangoGuard
from django.conf import settings
from django.test import RequestFactory
asked = json.load(sys.stdin)
settings.configure()
guard = DjangoGuard(asked["issuer"], asked["audience"], clock=lambda: asked["now"])
through = guard.middleware(lambda request: request.principal.subject)
def refused(**needs):
    try:
        guard.required(lambda request: None, **needs)
    except Exception as error:
        return type(error).__name__
print(json.dumps({
    "none": through(RequestFactory().get("/any")).status_code,
    "good": through(RequestFactory().get("/any", HTTP_AUTHORIZATION=f"Bearer {asked['token']}")),
    "misspelt": refused(roles="admin"),
    "unknown": refused(role=["admin"]),
}))
`

const shown = ['content-type', 'cache-control', 'www-authenticate', 'retry-after'] as const

/** Sends a request with these Authorization headers, each in a line of its own, and returns what a caller can see. */
export async function ask(url: string, path: string, headers: readonly string[]) {
  const sent = request(`${url}/${path}`).setHeader('authorization', [...headers])
  const [response] = (await once(sent.end(), 'response')) as [IncomingMessage]
  const { instance, ...body } = (await json(response)) as Record<string, unknown>
  const isId = instance === undefined || /^urn:uuid:[0-9a-f-]{36}$/.test(String(instance))
  const isRefused = body['sub'] === undefined
  const dpop = /, DPoP algs="[^"]*"$/ // the guards for Python do no DPoP: they refuse bound tokens, and offer nothing
  const told = shown.map((name) => String(response.headers[name] ?? '').replace(dpop, ''))
  const answered = isRefused ? told : []
  return { status: response.statusCode, headers: answered, body, isId }
}
