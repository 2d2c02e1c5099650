/** The unit of systemd: the service, and the sandbox around it. @module */
import type { Choices } from "./choices.ts";

/**
 * The text of the unit. No MemoryDenyWriteExecute: the engine makes machine code while it runs; @pkey is how it protects that.
 * AF_NETLINK is how the system's resolver learns which families of addresses there are.
 */
export function writeUnit({ folder, user, flags }: Choices): string {
  return `[Unit]
Description=Capsule in ${folder}
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=${user}
Group=${user}
WorkingDirectory=${folder}
ExecStart=${[`${folder}/capsule`, "serve", ...flags].join(" ")}
Restart=on-failure
RestartSec=5
# A wrong command line does not become right by itself.
RestartPreventExitStatus=2
TimeoutStopSec=30
UMask=0077
LimitNOFILE=16384

# Ports 80 and 443, and no other right of the system's.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes

# One folder to write in; the program itself stays as it was installed.
ProtectSystem=strict
ReadWritePaths=${folder}
ReadOnlyPaths=${folder}/capsule
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
RemoveIPC=yes

ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
