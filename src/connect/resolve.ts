/**
 * Connectors in a deployment home outside the checkout import "ioc-feed/connect" too; Node would look for a package of that name
 * beside them. Import this file first, in the command line and in the reading thread.
 */
import { registerHooks } from 'node:module'

const target = new URL('./index.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'ioc-feed/connect' ? { url: target, shortCircuit: true } : next(specifier, context),
})
