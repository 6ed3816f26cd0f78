"""What runs on hosts of the topology wan, to tell who reaches whom."""

# Answers every datagram and greets every connection with the address that it sees, then repeats what comes.
ECHO = """
import socketserver, sys, threading

class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(self.client_address[0].encode(), self.client_address)

class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.client_address[0].encode() + b"\\n")
        while data := self.request.recv(99):
            self.request.sendall(data)

for kind, ports in (("udp", (3478, 8189, 40000)), ("tcp", (443, 3478, 5349, 8189, 8889))):
    server, handler = ((socketserver.ThreadingUDPServer, Datagram) if kind == "udp"
                       else (socketserver.ThreadingTCPServer, Connection))
    server.daemon_threads = True
    for port in ports:
        threading.Thread(target=server(("0.0.0.0", port), handler).serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""

# Arguments: an address, seconds of patience, a JSON list of places that have to answer, one of others ("udp/8189").
# Which answer, and what. The others are asked first, and have had their chance when those that have to have answered
# twice: no clock decides what is dropped on the way.
PROBE = """
import json, socket, sys, threading

address, patience_s, wanted, others = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4])
seen = {}

def ask(place):
    kind, port = place.split("/")
    with socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as sock:
        sock.settimeout(patience_s)
        try:
            sock.connect((address, int(port)))
            if kind == "udp":
                sock.send(b"?")
            seen[place] = sock.recv(99).decode().strip()
        except OSError:
            pass

asked = [threading.Thread(target=ask, args=(place,), daemon=True) for place in others + wanted]
for thread in asked:
    thread.start()
for thread in asked[len(others):]:
    thread.join()
for place in sorted(seen.keys() & set(wanted)):
    ask(place)
print(json.dumps(seen))
"""

# Arguments: a resolver, seconds of patience. Of each question on stdin ("NAME TYPE"): the answer's addresses, as JSON.
RESOLVE = """
import json, socket, struct, sys

def resolve(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\\0"
    query = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack("!2H", kind, 1)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(float(sys.argv[2]))
        sock.sendto(query, (sys.argv[1], 53))
        answer = sock.recv(999)
    if answer[3] & 15:
        raise SystemExit(f"{name}: not NOERROR")
    record = answer[len(query):]
    data = record[2:] if record[:1] == b"\\xc0" else record[len(labels):]
    return [socket.inet_ntoa(data[10:14])][:int.from_bytes(answer[6:8], "big")]

questions = [line.split() for line in sys.stdin]
print(json.dumps([resolve(name, int(kind)) for name, kind in questions]))
"""
