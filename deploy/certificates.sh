#!/bin/sh
# Make a private certificate authority, the broker's certificate and one certificate for each client.
#   certificates.sh DIRECTORY BROKER_HOST CLIENT...
# A client's name becomes its identity at the broker: "ingest", or the name of an edge node.
# Files that exist are kept, so the same call with one more name adds one more client.
set -eu
umask 077

if [ "$#" -lt 3 ]; then
    echo "usage: $0 DIRECTORY BROKER_HOST CLIENT..." >&2
    exit 2
fi
directory=$1
broker=$2
shift 2
mkdir -p "$directory"

case $broker in
    *[!0-9.]*) address="DNS:$broker" ;;
    *) address="IP:$broker" ;;
esac

new_key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null
}

if [ ! -e "$directory/ca.key" ]; then
    new_key "$directory/ca.key"
    openssl req -x509 -new -key "$directory/ca.key" -days 3650 -subj "/CN=greendc private CA" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$directory/ca.crt"
fi

# sign NAME COMMON_NAME EXTENSIONS
sign() {
    [ ! -e "$directory/$1.crt" ] || return 0
    new_key "$directory/$1.key"
    printf '%s\n' "basicConstraints=CA:FALSE" "keyUsage=digitalSignature" "subjectKeyIdentifier=hash" \
        "authorityKeyIdentifier=keyid" "$3" >"$directory/$1.ext"
    openssl req -new -key "$directory/$1.key" -subj "/CN=$2" |
        openssl x509 -req -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
            -days 825 -extfile "$directory/$1.ext" -out "$directory/$1.crt" 2>/dev/null
    rm "$directory/$1.ext"
}

sign broker "$broker" "extendedKeyUsage=serverAuth
subjectAltName=$address"
for client in "$@"; do
    sign "$client" "$client" "extendedKeyUsage=clientAuth"
done
