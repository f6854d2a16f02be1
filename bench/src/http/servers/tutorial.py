# The tutorial's route, with its decorator: Flask and PyJWT, for gunicorn. The token is made by the load.
import os
from functools import wraps

import jwt
from flask import Flask, jsonify, request

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["BENCH_SECRET"]


def token_required(view):
    @wraps(view)
    def decorated(*args, **kwargs):
        token = request.headers.get("Authorization")
        if not token:
            return jsonify({"message": "Token is missing!"}), 403
        try:
            data = jwt.decode(
                token.split(" ")[1], app.config["SECRET_KEY"], algorithms=["HS256"], options={"verify_aud": False}
            )
        except jwt.ExpiredSignatureError:
            return jsonify({"message": "Token has expired!"}), 401
        except jwt.InvalidTokenError:
            return jsonify({"message": "Invalid token!"}), 401
        return view(data["sub"], *args, **kwargs)

    return decorated


@app.route("/", methods=["GET"])
@token_required
def protected(user):
    return jsonify({"message": f"Hello, {user}. You are authenticated!"})
