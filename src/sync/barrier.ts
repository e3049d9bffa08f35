/** Lets the second phase begin when every source is through with its agencies and procedures. */
export class Barrier {
  private left: number
  private readonly open = Promise.withResolvers<void>()
  constructor(count: number) {
    this.left = count
  }
  /** Of one source: said once, however often it is called; the promise is that of all having arrived. */
  place(): () => Promise<void> {
    let arrived = false
    return () => {
      if (!arrived && --this.left === 0) this.open.resolve()
      arrived = true
      return this.open.promise
    }
  }
}
