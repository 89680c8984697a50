// The driver brings no types. This is the part of it that is used here: https://node-postgres.com/apis/pool
declare module "pg" {
  export interface QueryResult {
    readonly command: "UPDATE" | "DELETE" | "INSERT" | "SELECT" | "MERGE";
    readonly rowCount: number;
    readonly rows: object[];
  }

  export interface PoolClient {
    readonly processID?: number;
    query(sql: string, parameters: readonly unknown[]): Promise<QueryResult>;
    /** With true, the connection is closed and not used again. */
    release(broken: boolean): void;
    on(event: "error", listener: (error: Error) => void): void;
  }

  export class TypeOverrides {
    setTypeParser(type: number, parse: (text: string) => unknown): void;
  }

  export class Pool {
    constructor(options: {
      readonly connectionString: string;
      readonly application_name?: string;
      readonly connectionTimeoutMillis: number;
      readonly idleTimeoutMillis?: number;
      readonly keepAlive?: boolean;
      readonly max: number;
      readonly types?: TypeOverrides;
    });
    connect(): Promise<PoolClient>;
    end(): Promise<void>;
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "connect", listener: (client: PoolClient) => void): void;
  }
}
