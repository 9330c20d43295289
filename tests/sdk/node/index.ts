// A client whose paths, parameters and answers are those of the description.
import createClient, { type Client, type ClientOptions } from 'openapi-fetch'
import type { components, paths } from './schema.js'

export type { components, operations, paths } from './schema.js'
export type Problem = components['schemas']['Problem']
export type Tinhs = Client<paths>

export const tinhs = (baseUrl: string, options: ClientOptions = {}): Tinhs =>
  createClient<paths>({ baseUrl, ...options })
