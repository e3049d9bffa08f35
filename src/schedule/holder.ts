/**
 * Who holds a lease, as text: `host/pid/start/space`. On the same host a process that is gone is known at once, so that a run can be
 * repeated right after `kill -9`; on another host only the lease's own end can tell.
 * `start` (clock ticks since boot) tells a process from a later one with the same pid; `space` (boot and pid namespace) tells two
 * containers with one host name apart. Where the system does not say them they are 0 and the pid alone decides.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** This process. */
export const holderId = (pid: number = process.pid): string =>
  `${hostname().replaceAll('/', '_')}/${pid}/${statOf(pid)?.start ?? 0}/${space()}`

/** `pid 4711 (host)`, for messages and `ioc runs`. */
export function describeHolder(holder: string): string {
  const [host, pid] = holder.split('/')
  return pid === undefined ? holder : `pid ${pid} (${host})`
}

/** The pid of a holder that can be looked at from here: same host, same boot, same pid namespace. */
export function localPid(holder: string): number | null {
  const [host, pid, , there] = holder.split('/')
  const here = holderId().split('/')
  return host === here[0] && there === here[3] && /^[1-9]\d*$/.test(pid ?? '') ? Number(pid) : null
}

/** True only when it is certain that the process no longer runs. */
export function isGone(holder: string): boolean {
  const [host, , start, there] = holder.split('/')
  const here = holderId().split('/')
  if (host !== here[0]) return false
  const boot = (place: string | undefined) => place?.split('-')[0] ?? '0'
  if (boot(there) !== '0' && boot(here[3]) !== '0' && boot(there) !== boot(here[3])) return true // before the last restart
  const pid = localPid(holder)
  if (pid === null) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' // EPERM: it runs, under another user
  }
  const stat = statOf(pid)
  if (!stat) return false
  return stat.dead || (start !== '0' && start !== String(stat.start))
}

/** Field 3 (state) and 22 (start) of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets. */
function statOf(pid: number): { start: number; dead: boolean } | null {
  const text = readable(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  // Z: killed, but its parent has not looked yet.
  return fields ? { start: Number(fields[19]), dead: fields[0] === 'Z' || fields[0] === 'X' } : null
}

let known: string | undefined
function space(): string {
  const boot = readable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))?.slice(0, 8) ?? '0'
  const pids = readable(() => readlinkSync('/proc/self/ns/pid'))?.replaceAll(/\D/g, '') ?? '0'
  known ??= `${boot}-${pids}`
  return known
}

function readable(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null // not Linux, or not allowed: the pid alone decides
  }
}
