// A job that says what it was given and ends only when asked.
console.log(`args ${process.argv.slice(2).join(' ')}`)
console.error(`warehouse ${process.env.IOC_WAREHOUSE}`)
const waiting = setInterval(() => {}, 1e6)
process.once('SIGTERM', () => {
  clearInterval(waiting)
  process.exitCode = 4
})
console.log('ready')
