#!/bin/sh
# Makes the secrets of compose.yaml, each in a file of the folder `secrets` beside this script; existing files stay as they are.
# The folder is closed to other users; the files are not, because the users in the containers, who are others, read them.
set -eu
cd "$(dirname "$0")"
mkdir -p -m 700 secrets
cd secrets
[ -e key ] || openssl rand -base64 32 >key
[ -e database-password ] || openssl rand -hex 24 >database-password
[ -e database-url ] ||
  printf 'postgres://countersign:%s@database/countersign\n' "$(cat database-password)" >database-url
# The SMTP catcher offers TLS, which the server requires of every mail server on another host.
[ -e mail.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
  -subj /CN=mail -addext subjectAltName=DNS:mail,DNS:localhost -keyout mail-key.pem -out mail.pem 2>/dev/null
chmod 644 ./*
