# All checks that the stubs on this side make can be left out. The monitor has to make its own.
from seattle.repy import door
from seattle.repy.guest import channel

for call in (
    door.OpenFile("../canary", create=False),
    door.OpenFile("/etc/passwd", create=True),
    door.OpenFile("link", create=True),
    door.OpenFile("a\0b", create=True),
    door.RemoveFile("../canary"),
    door.RemoveFile("link"),
    door.ReadFile(0, 0, 100),
    door.ReadFile(2**53, 0, 100),
    door.WriteFile(3, 0, b"x", 0),
    door.FileSize(4),
    door.CloseFile(5),
    door.GetMessage(6),
    door.GetConnection(7),
    door.Receive(8, 100),
    door.Receive(8, 0),
    door.Send(9, b"x", half_closed=True),
    door.EndSending(9),
    door.WaitReady([9], [9], float("nan")),
    door.ListenForMessage("0.0.0.0", 63100),
    door.ListenForMessage("127.0.0.1", 53),
    door.ListenForConnection("127.0.0.1", 22),
    door.ListenForConnection("localhost", 63100),
    door.SendMessage("255.255.255.255", 63100, b"x", "127.0.0.1", 63100),
    door.SendMessage("127.0.0.1", 2**63 - 1, b"x", "127.0.0.1", 63100),
    door.SendMessage("127.0.0.1", 53, b"x", "127.0.0.1", 63100),
    door.SendMessage("127.0.0.1", 63101, bytes(door.MAX_DATA), "127.0.0.1", 63100),
    door.OpenConnection("169.254.169.254", 80, "127.0.0.1", 63100, 1.0),
    door.OpenConnection("127.0.0.1", 63101, "127.0.0.1", 63100, float("nan")),
    door.OpenConnection("127.0.0.1", 63101, "127.0.0.1", 63100, -1.0),
    door.OpenConnection("localhost", 63101, "127.0.0.1", 63100, 1.0),
    door.GetHostByName("localhost\0.invalid"),
):
    try:
        print("LEAKED:", call, channel.ask(call))
    except RepyException as why:
        print("refused:", type(why).__name__)
