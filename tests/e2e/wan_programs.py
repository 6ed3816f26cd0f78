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
    for port in ports:
        threading.Thread(target=server(("0.0.0.0", port), handler).serve_forever).start()
print("ready", flush=True)
"""

# Which of "udp/8189 tcp/443 ..." answer, all asked at once: a packet that is dropped is waited for.
PROBE = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def answer(place):
    kind, port = place.split("/")
    with socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as sock:
        sock.settimeout(1.5)
        try:
            sock.connect((sys.argv[1], int(port)))
            if kind == "udp":
                sock.send(b"?")
            return sock.recv(99).decode().strip()
        except OSError:
            return None

with ThreadPoolExecutor() as pool:
    print(json.dumps({place: seen for place, seen in zip(sys.argv[2:], pool.map(answer, sys.argv[2:])) if seen}))
"""
